import pytest
from upath import UPath

from tasks.errors import DistilleryError
from tasks.questions.generator import default_generators
from tasks.questions.named_generators import (
    UnknownGeneratorError,
    generator_names,
    named_generator,
    save_generator,
)


def test_a_saved_generator_is_found_by_its_name(tmp_path):
    root = UPath(tmp_path)
    mine = default_generators()[0].model_copy(update={"name": "mine"})
    assert generator_names(root) == ["researcher", "clinician"]
    save_generator(root, mine)
    assert named_generator(root, "mine") == mine
    assert generator_names(root) == ["researcher", "clinician", "mine"]
    assert named_generator(root, "clinician") == default_generators()[1]


def test_a_name_that_nobody_has_is_told_with_those_there_are(tmp_path):
    with pytest.raises(UnknownGeneratorError, match=r"no generator 'x' below .*; there are researcher, clinician$"):
        named_generator(UPath(tmp_path), "x")


def test_built_in_generators_are_not_replaced(tmp_path):
    with pytest.raises(DistilleryError, match="researcher is a built-in generator"):
        save_generator(UPath(tmp_path), default_generators()[0])


EARLIER = """{
  "name": "mine",
  "language_model": {"model": "org/model", "revision": null, "dtype": "float32", "adapter": null, "url": null},
  "prompt": {
    "system": "You ask.",
    "template": "{title}\\n{abstract}\\nQuestion:",
    "examples": [{"title": "T {x}", "abstract": "A.", "question": "Is it?"}]
  },
  "sampling": {"temperature": 0.5, "top_p": 1.0, "max_tokens": 64, "seed": 3}
}
"""


def test_a_generator_that_was_saved_before_examples_were_shots_asks_the_same(tmp_path):
    folder = tmp_path / "generators"
    folder.mkdir()
    (folder / "mine.json").write_text(EARLIER)
    mine = named_generator(UPath(tmp_path), "mine")
    assert mine.prompt.conversation(title="New", abstract="B.") == [
        {"role": "system", "content": "You ask."},
        {"role": "user", "content": "T {x}\nA.\nQuestion:"},
        {"role": "assistant", "content": "Is it?"},
        {"role": "user", "content": "New\nB.\nQuestion:"},
    ]
    assert (mine.sampling.temperature, mine.sampling.seed, mine.language_model.model) == (0.5, 3, "org/model")
    again = mine.model_copy(update={"name": "again"})
    save_generator(UPath(tmp_path), again)
    assert named_generator(UPath(tmp_path), "again") == again


def test_a_damaged_file_is_named(tmp_path):
    folder = tmp_path / "generators"
    folder.mkdir()
    (folder / "bad.json").write_text("{}")
    with pytest.raises(UnknownGeneratorError, match=r"bad.json holds no generator"):
        named_generator(UPath(tmp_path), "bad")
