import pytest

from tasks.kinds import Kind
from tasks.serving.prompt_files import PromptFileError, read_prompt_files

PROMPT = """
name = "mine"
version = 2
kind = "list"
system = "You ask."
template = "{title}"

[[shots]]
reply = "Which?"
[shots.fields]
title = "T"
"""


def test_prompts_are_found_by_walking_a_folder(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.toml").write_text(PROMPT)
    (tmp_path / "a.toml").write_text(PROMPT.replace("list", "factoid"))
    (tmp_path / "notes.txt").write_text("no prompt")
    first, second = read_prompt_files(tmp_path)
    assert [(each.name, each.version, each.kind) for each in (first, second)] == [
        ("mine", 2, Kind.FACTOID), ("mine", 2, Kind.LIST),
    ]  # fmt: skip
    assert second.prompt.conversation(title="New") == [
        {"role": "system", "content": "You ask."},
        {"role": "user", "content": "T"},
        {"role": "assistant", "content": "Which?"},
        {"role": "user", "content": "New"},
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (PROMPT.replace('"list"', '"open"'), r"a\.toml: kind: Input should be 'yes/no', "),
        (PROMPT.replace("version = 2", "version = 0"), r"a\.toml: version: .* greater than or equal to 1"),
        (PROMPT.replace('system = "You ask."', ""), "system: Field required; expected name, version"),
        (PROMPT.replace("reply", "answer"), r"shots\.0\.reply: Field required"),
        (PROMPT + "[", r"a\.toml is no TOML"),
    ],
)
def test_a_file_that_is_no_prompt_is_told(tmp_path, text, problem):
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(PromptFileError, match=problem):
        read_prompt_files(tmp_path)


def test_two_files_of_one_prompt_are_told(tmp_path):
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(PROMPT)
    with pytest.raises(PromptFileError, match=r"b\.toml and .*a\.toml both hold the prompt mine for list questions"):
        read_prompt_files(tmp_path)
