import json

import pytest

from tests.tasks.review.made_up_dataset import ABSTRACT, sft, write_made_up


@pytest.fixture
def folder(tmp_path):
    return write_made_up(tmp_path / "root")


@pytest.mark.parametrize("width", ["200", "40"])
def test_question_answer_evidence_and_what_was_beaten(folder, command, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", width)
    status, said = command("show", str(folder))
    assert status == 0
    for text in ("PMID 20 · yes/no · 2 of 2", "Does zinc shorten colds?", "yes: It does.", ABSTRACT, "Zinc?",
                 "won by 2.00 (1.50 against -0.50)", "beat no other question"):  # fmt: skip
        assert text in said
    assert said.endswith(f"2 of 2 sft records of {folder}")
    assert "\x1b" not in said  # piped: no colours


def test_the_newest_of_a_root_is_named(folder, command, tmp_path):
    assert command("show", str(tmp_path / "root"))[1].endswith(f"records of {folder}")
    write_made_up(tmp_path / "root", "e")
    assert command("show", str(tmp_path / "root"))[1].endswith("datasets/e, the newest of 2 datasets")


def test_what_models_say_is_no_command_to_the_terminal(tmp_path, command):
    folder = write_made_up(tmp_path, records=sft(long_answer=["\x1b[2J[/b]\u202eno", "b"]))
    said = command("show", str(folder))[1]
    assert "yes: ␛[2J[/b]⟨U+202E⟩no" in said
    assert not set(said) & {"\x1b", "\u202e"}


def test_json(folder, command):
    status, said = command("show", str(folder), "--json", "--kind", "preferences")
    found = json.loads(said)
    assert (status, found["kind"], found["records"]) == (0, "preferences", 1)
    [item] = found["items"]
    assert (item["question"], item["beaten"][0]["margin"]) == ("Does zinc?", 2.0)
    assert len(json.loads(command("show", str(folder), "--json", "--sample", "1")[1])["items"]) == 1


def test_a_page(folder, command, tmp_path):
    status, said = command("show", str(folder), "--page", str(tmp_path / "d.html"))
    assert (status, said.endswith("d.html")) == (0, True)
    assert "Does zinc shorten colds?" in (tmp_path / "d.html").read_text()
    assert command("show", str(folder), "--page", str(tmp_path / "d.pdf"))[0] == 2


def test_what_is_wrong_is_one_sentence(folder, command, tmp_path):
    status, said = command("show", str(tmp_path / "nowhere"))
    assert status == 1
    assert said.startswith(f"{tmp_path / 'nowhere'} does not exist; name the folder that")
    (folder / "preferences.parquet").write_bytes(b"PAR1")
    status, said = command("show", str(folder))
    assert status == 1
    assert said.startswith(f"{folder / 'preferences.parquet'} is damaged (")
    (folder / "preferences.parquet").unlink()
    assert command("show", str(folder))[0] == 0
    assert command("show", str(folder), "--kind", "preferences")[1].startswith(f"{folder} has no preferences.parquet")
    assert command("show", str(folder), "--sample", "0")[0] == 2
