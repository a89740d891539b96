import polars as pl
import pytest
from upath import UPath

from tasks.questions.generator import default_generators
from tasks.serving.model import LanguageModel
from tasks.store.store import Store
from tasks.tuning.settings import GeneratorDpo, GeneratorSft
from tasks.tuning.sources import TrainingSourceError
from tasks.tuning.training_rows import generator_to_train, read_rows, trained_generator

RESEARCHER, CLINICIAN = default_generators()


def write_preferences(folder, prompt):
    said = [{"role": "assistant", "content": "Does it?"}]
    record = {
        "prompt": prompt.messages("T", "A"), "chosen": said, "rejected": said, "margin": 0.5, "pmids": [1],
    }  # fmt: skip
    pl.DataFrame([record]).write_parquet(folder / "preferences.parquet")


def test_preferences_have_to_be_for_the_generators_prompt(tmp_path):
    write_preferences(tmp_path, RESEARCHER.prompt)
    store = Store(str(tmp_path))
    assert len(read_rows(GeneratorDpo(), [tmp_path], store, RESEARCHER.prompt)) == 1
    with pytest.raises(TrainingSourceError, match="are for a generator with another prompt"):
        read_rows(GeneratorDpo(), [tmp_path], store, CLINICIAN.prompt)


def test_preferences_train_the_generator_that_they_are_for(tmp_path):
    root = UPath(tmp_path)
    assert generator_to_train(GeneratorDpo(), [tmp_path], root, None) == RESEARCHER
    mine = CLINICIAN.model_copy(update={"name": "mine"})
    (tmp_path / "policy.json").write_text(mine.model_dump_json())
    assert generator_to_train(GeneratorDpo(), [tmp_path], root, None) == mine
    assert generator_to_train(GeneratorDpo(), [tmp_path], root, "clinician") == CLINICIAN
    assert generator_to_train(GeneratorSft(), [tmp_path], root, None) == RESEARCHER
    (tmp_path / "policy.json").write_text("{}")
    with pytest.raises(TrainingSourceError, match=r"policy.json holds no generator"):
        generator_to_train(GeneratorDpo(), [tmp_path], root, None)


def test_a_trained_generator_is_asked_as_it_was_trained():
    tuned = LanguageModel(adapter="/there")
    supervised = trained_generator(GeneratorSft(), RESEARCHER, "mine", tuned)
    assert (supervised.name, supervised.language_model, supervised.prompt.examples) == ("mine", tuned, ())
    aligned = trained_generator(GeneratorDpo(), RESEARCHER, "mine", tuned)
    assert aligned.prompt == RESEARCHER.prompt
