"""The generator that a dataset's preferences are for: named in policy.json, wherever its model was served."""

import json
from pathlib import Path

import polars as pl
import pytest
from upath import UPath

from flows.parameters import Distillation
from tasks.dataset.columns import RECORD_SCHEMA
from tasks.dataset.write import write_dataset
from tasks.questions.generator import Policy, default_generators
from tasks.questions.named_generators import named_generator, save_generator
from tasks.serving.model import LanguageModel
from tasks.tuning.settings import GeneratorDpo
from tasks.tuning.sources import TrainingSourceError, read_policy
from tasks.tuning.training_rows import generator_to_train, model_to_train, trained_generator
from tests.fake_llm import MODEL, FakeLlm

RESEARCHER, CLINICIAN = default_generators()
NONE = pl.DataFrame(schema={**RECORD_SCHEMA, "row_key": pl.String})


def served_at(url: str) -> Policy:
    parameters = Distillation(generators=[CLINICIAN.model_copy(update={"language_model": LanguageModel(url=url)})])
    return Policy.of(parameters.policy(parameters.resolved()))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_dataset_from_another_port_is_the_same_to_the_byte(tmp_path):
    with FakeLlm() as one, FakeLlm() as other:
        for name, server in (("one", one), ("other", other)):
            write_dataset(UPath(tmp_path) / name, NONE, {}, served_at(server.url).describe(), "C04")
    assert files(tmp_path / "one") == files(tmp_path / "other")
    assert b"127.0.0.1" not in b"".join(files(tmp_path / "one").values())


def test_a_policy_behind_a_server_says_so_and_needs_a_model_to_train(llm, tmp_path):
    (tmp_path / "policy.json").write_text(json.dumps(served_at(llm.url).describe()))
    policy = generator_to_train(GeneratorDpo(), [tmp_path], UPath(tmp_path), None)
    assert (policy.name, policy.prompt, policy.language_model.model) == ("clinician", CLINICIAN.prompt, MODEL)
    with pytest.raises(TrainingSourceError, match=f"are for {MODEL}, as its server called it; name the model's folder"):
        model_to_train(LanguageModel(), policy)
    given = LanguageModel(model="org/the-same")
    assert model_to_train(given, policy) == given
    tuned = LanguageModel(model="org/the-same", adapter="/there")
    save_generator(UPath(tmp_path), trained_generator(GeneratorDpo(), policy, "mine", tuned))
    assert named_generator(UPath(tmp_path), "mine").language_model == tuned


def test_a_policy_that_the_run_served_is_trained_as_it_is(tmp_path):
    (tmp_path / "policy.json").write_text(json.dumps(Policy.of(RESEARCHER).describe()))
    assert read_policy(tmp_path) == RESEARCHER
    assert model_to_train(LanguageModel(), RESEARCHER) == LanguageModel()


def test_the_policies_of_datasets_from_before_examples_were_shots_are_read(tmp_path):
    described = Policy.of(CLINICIAN).describe()
    shots = described["prompt"].pop("shots")
    described["prompt"]["examples"] = [{**shot["fields"], "question": shot["reply"]} for shot in shots]
    (tmp_path / "policy.json").write_text(json.dumps(described))
    assert read_policy(tmp_path) == CLINICIAN


def test_the_policies_of_earlier_datasets_are_read_with_their_address(tmp_path):
    earlier = CLINICIAN.model_copy(update={"language_model": LanguageModel(url="http://127.0.0.1:7804")})
    (tmp_path / "policy.json").write_text(earlier.model_dump_json())
    assert read_policy(tmp_path) == earlier
