import json

import polars as pl
import pytest
from upath import UPath

from tasks.kinds import Kind
from tasks.questions.generator import Policy, default_generators
from tasks.serving.model import LanguageModel
from tasks.store.outcome import REFUSED_SCHEMA
from tasks.store.store import Store
from tasks.tokens import ChatTokens
from tasks.tuning.settings import GeneratorDpo, GeneratorSft, TargetCpt
from tasks.tuning.sources import TrainingSourceError
from tasks.tuning.training_rows import (
    NO_DOCUMENT,
    UNREADABLE_PART,
    fitting_rows,
    generator_to_train,
    read_rows,
    trained_generator,
)
from tests.evaluation_files import URL, write_bioasq
from tests.tasks.tuning.words import WordTokens

RESEARCHER, CLINICIAN = default_generators()


def write_preferences(folder, *prompts, **columns):
    said = [{"role": "assistant", "content": "Does it?"}]
    records = [
        {"prompt": prompt.conversation(title="T", abstract="A"), "chosen": said, "rejected": said, "margin": 0.5}
        for prompt in prompts
    ]
    pl.DataFrame(records).with_columns(pmids=pl.lit([1]), **columns).write_parquet(folder / "preferences.parquet")


def test_preferences_have_to_be_for_the_generators_prompt(tmp_path):
    write_preferences(tmp_path, RESEARCHER.prompt)
    store = Store(str(tmp_path))
    assert len(read_rows(GeneratorDpo(), [tmp_path], store, RESEARCHER).rows) == 1
    with pytest.raises(TrainingSourceError, match="are for a generator with another prompt"):
        read_rows(GeneratorDpo(), [tmp_path], store, CLINICIAN)


def test_preferences_of_each_kind_have_to_be_for_its_prompt(tmp_path):
    store, kinds = Store(str(tmp_path)), pl.Series(["yes/no", "list"])
    write_preferences(tmp_path, RESEARCHER.prompt, RESEARCHER.prompt_for(Kind.LIST), kind=kinds)
    assert len(read_rows(GeneratorDpo(), [tmp_path], store, RESEARCHER).rows) == 2
    own = Policy.of(RESEARCHER).model_copy(update={"prompts": {Kind.LIST: CLINICIAN.prompt_for(Kind.LIST)}})
    with pytest.raises(TrainingSourceError, match="another prompt"):
        read_rows(GeneratorDpo(), [tmp_path], store, own)
    write_preferences(tmp_path, RESEARCHER.prompt, RESEARCHER.prompt, kind=kinds)
    with pytest.raises(TrainingSourceError, match="another prompt"):
        read_rows(GeneratorDpo(), [tmp_path], store, RESEARCHER)


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
    assert (supervised.name, supervised.language_model, supervised.prompt.shots) == ("mine", tuned, ())
    aligned = trained_generator(GeneratorDpo(), RESEARCHER, "mine", tuned)
    assert aligned.prompt == RESEARCHER.prompt
    listing = RESEARCHER.asking(Kind.LIST)
    assert trained_generator(GeneratorDpo(), listing, "mine", tuned).kind == Kind.LIST


def test_questions_without_snippets_take_the_abstracts_at_hand_and_are_counted_without(tmp_path, monkeypatch):
    golden = json.loads(write_bioasq(tmp_path / "golden.json").read_text())
    _, second, third, fourth = golden["questions"]
    second["snippets"], second["documents"] = [], [f"{URL}7", f"{URL}8"]
    third["snippets"], third["documents"] = [], [f"{URL}8"]
    fourth["snippets"], fourth["documents"] = [], ["no address"]
    (tmp_path / "golden.json").write_text(json.dumps(golden))
    articles = pl.DataFrame({"pmid": [7], "title": ["Sleep in bees"], "abstract": ["They sleep."]})
    monkeypatch.setattr("tasks.tuning.training_rows.whole_collection", lambda store, columns: iter([articles]))
    found = read_rows(GeneratorSft(), [tmp_path / "golden.json"], Store(str(tmp_path)), RESEARCHER)
    assert found.rows["row_key"].to_list() == ["q1 PMID 7", "q1 PMID 9", "q2 PMID 7"]
    assert "They sleep." in found.rows["prompt"][2][-1]["content"]
    assert [len(prompt) for prompt in found.rows["prompt"]] == [2, 2, 2]  # system and document, no examples
    assert found.refused.select("key", "reason").rows() == [
        ("BioASQ q3", NO_DOCUMENT), ("BioASQ q4", NO_DOCUMENT), ("golden.json q4 document 1", UNREADABLE_PART),
    ]  # fmt: skip


def test_each_type_of_bioasq_is_learnt_under_the_prompt_of_its_kind(tmp_path, monkeypatch):
    monkeypatch.setattr("tasks.tuning.training_rows.whole_collection", lambda store, columns: iter([]))
    golden = write_bioasq(tmp_path / "golden.json")
    rows = read_rows(GeneratorSft(), [golden], Store(str(tmp_path)), CLINICIAN).rows
    systems = {key.split()[0]: prompt[0]["content"] for key, prompt in rows.select("row_key", "prompt").iter_rows()}
    assert systems["q1"] == CLINICIAN.prompt.system
    assert systems["q4"] == CLINICIAN.prompt_for(Kind.FACTOID).system != systems["q1"]


def test_what_was_refused_before_is_counted_with_what_does_not_fit(monkeypatch):
    monkeypatch.setattr("tasks.tuning.training_rows.base_path", lambda model: "model")
    monkeypatch.setattr(ChatTokens, "load", lambda *_: WordTokens())
    rows = pl.DataFrame({"row_key": ["a"], "pmid": [1], "text": [" "]})
    before = pl.DataFrame([("b", "BioASQ b", NO_DOCUMENT)], schema=REFUSED_SCHEMA, orient="row")
    fitting = fitting_rows(TargetCpt(), LanguageModel(), rows, before)
    assert fitting.refused["reason"].to_list() == [NO_DOCUMENT, "no text"]
