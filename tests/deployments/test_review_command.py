import csv
import json

import pytest

from tests.made_up_root import CANDIDATES, CLINICIAN, RESEARCHER, made_up_root, with_dataset
from tests.tasks.review.made_up_dataset import sft, write_made_up


@pytest.fixture
def root(tmp_path):
    """A run whose dataset has two of its questions, and whose gates refused two."""
    root = tmp_path / "root"
    store = made_up_root(root)
    with_dataset(store, RESEARCHER, CLINICIAN, CANDIDATES)
    write_made_up(root, "d", sft(question_id=["researcher-1", "researcher-2"]))
    return root


def test_a_sheet_there_and_back(root, command, tmp_path):
    sheet = tmp_path / "sheet.csv"
    status, said = command("review", str(root), "--out", str(sheet), "--refused", "5")
    assert (status, said) == (0, f"records: 2, refused: 2, sheet: {sheet}")
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"researcher-1", "researcher-2", "researcher-3", "clinician-3"}
    assert rows["clinician-3"]["question"] == "'=Question 3"
    good = dict.fromkeys(("one_question", "stands_alone", "answerable", "worth_asking"), "yes")
    rows["researcher-1"].update(good)
    rows["researcher-2"].update(good)
    rows["clinician-3"].update(one_question="no")
    with sheet.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows["researcher-1"]))
        writer.writeheader()
        writer.writerows(rows.values())
    status, said = command("review", str(root), "--read", str(sheet), "--reviewer", "ada", "--json")
    assert (status, json.loads(said)["kept"], json.loads(said)["left_blank"]) == (0, 3, 1)
    found = json.loads(command("review", "--report", "--root", str(root), "--json")[1])
    assert (found["judged"], found["fit"], found["without_article"], found["judged_in_part"]) == (3, 2, 0, 0)
    # Question 2 is a good one by the verdicts, and refused like the bad one for being no question.
    *_, every = found["gates"]
    assert (every["gate"], every["refused"], every["precision"], every["recall"], every["good_lost"]) == (
        "all gates", 2, 0.5, 1.0, 0.5,
    )  # fmt: skip
    status, said = command("review", str(root), "--report")
    assert (status, "all gates 2 50% 100% 50%" in " ".join(said.split())) == (0, True)


def test_a_dataset_that_lies_elsewhere(root, command, tmp_path):
    moved = (root / "datasets" / "d").rename(tmp_path / "moved")
    assert command("review", str(moved), "--out", str(tmp_path / "a.jsonl"))[0] == 0
    assert "name the root of its run" in command("review", str(moved), "--read", str(tmp_path / "a.jsonl"))[1]
    (tmp_path / "a.jsonl").write_text('{"id": "researcher-1", "faithful": "no"}')
    status, said = command("review", str(moved), "--read", str(tmp_path / "a.jsonl"), "--root", str(root))
    assert (status, said) == (0, f"kept: 1, left blank: 0, root: {root}")


def test_what_is_wrong_is_one_sentence(root, command, tmp_path):
    for words in ([], ["--out", "a.csv", "--report"]):
        status, said = command("review", str(root), *words)
        assert status == 2
        assert "give one of --out FILE, --read FILE and --report" in said
    assert command("review", "--out", "a.csv")[0] == 2
    status, said = command("review", str(root), "--out", str(tmp_path / "a.xlsx"))
    assert (status, said) == (1, f"{tmp_path / 'a.xlsx'} is no sheet: expected a name that ends with .csv or .jsonl")
    (tmp_path / "a.jsonl").write_text('{"id": "researcher-1", "faithful": "perhaps"}')
    status, said = command("review", str(root), "--read", str(tmp_path / "a.jsonl"))
    assert status == 1
    assert "a.jsonl line 1, column faithful: expected yes, no, 1, 0" in said
    assert command("review", str(root), "--read", str(tmp_path / "a.jsonl"), "--when", "noon")[0] == 2


def test_a_report_of_no_verdicts(root, command):
    assert command("review", str(root), "--report")[1] == "judged: 0, fit: 0, without article: 0, judged in part: 0"
