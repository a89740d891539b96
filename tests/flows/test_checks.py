"""A run from a form or a schedule makes the checks that a command makes, before it writes or asks anything."""

import pytest

from flows.annotate import annotate
from flows.distill import distill
from flows.evaluate import evaluate
from flows.evaluation_parameters import Evaluation
from flows.extract import extract
from flows.extraction_parameters import Annotation, Extraction
from flows.flow_parameters import SettingError
from flows.harvest import harvest
from flows.parameters import Distillation, Harvesting
from flows.tune import TRAININGS
from flows.tuning_parameters import FORMS
from tasks.errors import DistilleryError
from tasks.serving.model import EMBEDDED_MODEL, LanguageModel
from tests.evaluation_files import write_pubmedqa
from tests.fake_llm import FakeLlm
from tests.tasks.serving.test_adapter_base import write_adapter

NOWHERE = {"language_model": {"url": "http://127.0.0.1:9"}}
FOREIGN = {"language_model": {"model": "org/other", "adapter": "adapter"}}
NO_FOLDER = {"language_model": {"model": "./nothing"}}
WRONG = [
    (harvest, Harvesting, {"source": ["nowhere.xml"]}, "there is no such file"),
    (harvest, Harvesting, {"source": ["pubmed"], "branch": "Nonsense"}, "no branch 'Nonsense'"),
    (distill, Distillation, {"source": ["nowhere.xml"]}, "there is no such file"),
    (distill, Distillation, {"branch": "Nonsense"}, "no branch 'Nonsense'"),
    (distill, Distillation, {"mesh_year": 1999}, "MeSH 1999 is not on this machine"),
    (distill, Distillation, {"named_generators": ["none"]}, "there is no generator 'none'"),
    (distill, Distillation, {"answerer": NOWHERE}, "no language-model server answers"),
    (distill, Distillation, {"answerer": FOREIGN}, "was trained on org/model, not on org/other"),
    (distill, Distillation, {"records": {"tokenizer": "./nothing"}}, "./nothing is not there; name a folder"),
    (distill, Distillation, {"evaluator": NO_FOLDER}, "./nothing is not there"),
    (distill, Distillation, {"answerer": {"language_model": {"model": "typo.gguf"}}}, "typo.gguf is not there"),
    (distill, Distillation, {"evaluator": {"language_model": {"model": "."}}}, "is not a model; expected a folder"),
    (extract, Extraction, {"task": "adverse"}, "there is no extraction task 'adverse'"),
    (extract, Extraction, {"task": "gda", "teacher": {"pre_filter": True}}, "has no question by yes or no"),
    (extract, Extraction, {"gold": ["nowhere"]}, "nowhere"),
    (extract, Extraction, {"branch": "Nonsense"}, "no branch 'Nonsense'"),
    (extract, Extraction, {"teacher": NOWHERE}, "no language-model server answers"),
    (extract, Extraction, {"teacher": FOREIGN}, "was trained on org/model, not on org/other"),
    (annotate, Annotation, {"student": "."}, "holds no student"),
    (evaluate, Evaluation, {"files": ["nowhere.json"]}, "can not be read"),
    (evaluate, Evaluation, {"files": ["items.json"], "model": NO_FOLDER}, "./nothing is not there"),
    (evaluate, Evaluation, {"files": ["items.json"], "compare_with": {}}, "both models are"),
    *[(TRAININGS[kind], form, {"source": ["nowhere"]}, "there is no nowhere") for kind, form in FORMS.items()],
    *[
        (TRAININGS[kind], form, {"source": ["."], "evaluation": ["nowhere"]}, "there is no nowhere")
        for kind, form in FORMS.items()
    ],
    *[
        (TRAININGS[kind], form, {"source": ["."], **FOREIGN}, "was trained on org/model")
        for kind, form in FORMS.items()
    ],
    (TRAININGS["generator-dpo"], FORMS["generator-dpo"], {"source": ["."], "generator": "none"}, "no generator 'none'"),
]


@pytest.mark.parametrize(
    ("flow", "form", "fields", "told"), WRONG, ids=[f"{form.__name__} {told}" for _, form, _, told in WRONG]
)
def test_what_is_wrong_is_told_before_anything_is_written(flow, form, fields, told, tmp_path, monkeypatch):
    monkeypatch.setenv("NCBI_EMAIL", "someone@example.org")
    monkeypatch.chdir(tmp_path)
    write_adapter(tmp_path / "adapter", "org/model")
    write_pubmedqa(tmp_path / "items.json")
    parameters = form(**fields, root=str(tmp_path / "root"))
    with pytest.raises((DistilleryError, ValueError), match=told):
        flow.fn(parameters)
    assert not (tmp_path / "root").exists()


def test_an_evaluator_is_alone_on_its_server_whatever_way_it_is_named():
    with FakeLlm() as server:
        server.models = ["base", "evaluator"]
        served = {"language_model": {"url": server.url}}
        with pytest.raises(SettingError, match="start a server of the evaluator alone") as refused:
            Distillation(evaluator=served).check()
        assert refused.value.setting == "evaluator.language_model"
        served["language_model"]["model"] = "evaluator"
        Distillation(evaluator=served).check()


def test_an_adapter_alone_goes_onto_what_it_was_trained_on_whatever_asks_it(tmp_path):
    alone = {"language_model": {"adapter": str(write_adapter(tmp_path / "adapter", "org/model"))}}
    based = Distillation(answerer=alone, evaluator=alone).with_bases()
    assert based.answerer.language_model.model == based.evaluator.language_model.model == "org/model"
    assert Extraction(teacher=alone).resolved().teacher.language_model.model == "org/model"
    assert [model.model for model in based.language_models()] == [*[EMBEDDED_MODEL] * 2, *["org/model"] * 2]


def test_every_language_model_is_reached_wherever_it_stands():
    served = Distillation().with_models(lambda model: model.model_copy(update={"url": "http://127.0.0.1:9"}))
    assert all(model == LanguageModel(url="http://127.0.0.1:9") for model in served.language_models())
    assert Distillation().with_models(lambda model: model) == Distillation()


@pytest.mark.parametrize("form", [Distillation, Extraction])
def test_what_pubmed_alone_is_asked_is_refused_where_it_is_not_asked(form):
    for wanted in ({"query": "cancer"}, {"major_only": True}, {"qualifiers": ["therapy"]}):
        with pytest.raises(ValueError, match="name the source pubmed, or narrow by days"):
            form(wanted=wanted)
        form(wanted=wanted, source=["sample", "pubmed"], branch="Neoplasms")


def test_what_narrows_a_source_that_is_read_whole_is_explained(caplog, llm):
    served = {"language_model": {"url": llm.url}}
    with caplog.at_level("INFO", logger="distillery"):
        Extraction(teacher=served).check()
        assert "narrow" not in caplog.text
        Extraction(teacher=served, wanted={"since": "2021-01-01"}).check()
    assert "narrow what is taken of sample: it is read whole" in caplog.text
