import json

import pytest

from tasks.errors import DistilleryError
from tasks.extraction.student.files import CardFacts, load_student, save_student
from tasks.extraction.student.predict import find

FACTS = CardFacts("some/encoder", "a teacher of 7B", 1234, 0.5)


def test_a_saved_student_finds_the_same(new_student, tokenizer, tmp_path):
    student = new_student(task="ade", span_labels=("drug",), anchor="drug", head="biaffine")
    texts = ["a no b of c", "ache"]
    folder = save_student(tmp_path / "student", student, tokenizer, FACTS)
    loaded, its_tokenizer = load_student(folder)
    assert find(loaded, its_tokenizer, texts) == find(student, tokenizer, texts)
    assert {path.name for path in folder.iterdir()} >= {"config.json", "model.safetensors", "tokenizer.json"}
    assert [path.name for path in tmp_path.iterdir()] == ["student"]


def test_the_card_says_what_it_is_and_where_it_comes_from(new_student, tokenizer, tmp_path):
    student = new_student(task="ade", span_labels=("drug",), anchor="drug")
    card = (save_student(tmp_path / "student", student, tokenizer, FACTS) / "README.md").read_text()
    assert card.startswith("---\nlibrary_name: transformers\n")
    for fact in ("base_model: some/encoder", "1,234 sentences", "a teacher of 7B",
                 "head `mlp`"):  # fmt: skip
        assert fact in card


@pytest.mark.parametrize("config", [None, {"model_type": "bert"}])
def test_another_folder_is_refused(tmp_path, config):
    if config is not None:
        (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(DistilleryError, match="holds no student; expected a folder"):
        load_student(tmp_path)
