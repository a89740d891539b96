"""vLLM with the embedded model, started and stopped for real."""

import json
import os
import shutil
import signal

import httpx
import polars as pl
import pytest

from tasks.answers.answer import answer_asking, wanted_answers
from tasks.answers.answerer import Answerer
from tasks.assets.fetch import model_folder
from tasks.evaluation.ask import weigh
from tasks.literature.pubmed_xml.read import read_records
from tasks.questions.ask import question_asking, wanted_questions
from tasks.questions.generator import default_generators
from tasks.serving.ask_rows import ask_rows
from tasks.serving.complete import complete
from tasks.serving.constraint import Choice
from tasks.serving.conversation import Prompt, Shot
from tasks.serving.endpoint import EndpointError, resolve
from tasks.serving.engine import Engine, EngineSettings
from tasks.serving.model import EMBEDDED_MODEL, LanguageModel
from tasks.serving.request import Request
from tests.corpus import write_corpus

pytestmark = pytest.mark.integration

MODEL = resolve(LanguageModel())


@pytest.fixture(scope="module")
def engine():
    with Engine(EngineSettings()) as running:
        yield running


@pytest.fixture(scope="module")
def articles(tmp_path_factory) -> pl.DataFrame:
    [records] = read_records(write_corpus(tmp_path_factory.mktemp("corpus") / "c.xml", 12))
    return records.frame.select("pmid", "title", "abstract", "content_hash")


def test_generators_ask_real_questions(engine, articles):
    for generator in default_generators():
        generator = generator.model_copy(update={"language_model": MODEL})
        outcome = ask_rows(wanted_questions(articles, generator), question_asking(generator), engine.endpoint(MODEL))
        assert len(outcome.rows) + len(outcome.refused) == 12
        assert sum(question.endswith("?") for question in outcome.rows["question"]) >= 9
        assert outcome.usage.requests == 12


def test_greedy_decoding_does_not_depend_on_what_else_is_in_flight(engine, articles):
    prompt = default_generators()[0].prompt
    requests = [
        Request(prompt.conversation(title=title, abstract=abstract), max_tokens=40)
        for title, abstract in articles.select("title", "abstract").iter_rows()
    ]
    endpoint = engine.endpoint(MODEL)
    together = complete(endpoint, requests, in_flight=12)
    apart = complete(endpoint, requests[::-1], in_flight=1)[::-1]
    assert [reply.text for reply in together] == [reply.text for reply in apart]


def test_answers_are_structured(engine, articles):
    preferences = articles.select(
        "pmid", kind=pl.lit("yes/no"), chosen_id=pl.col("content_hash"), chosen=pl.lit("Does therapy help patients?")
    )
    contexts = preferences.select(question_id="chosen_id", pmids=pl.lit([1000], dtype=pl.List(pl.Int64)))
    answerer = Answerer(language_model=MODEL)
    wanted = wanted_answers(preferences, contexts, articles, answerer)
    outcome = ask_rows(wanted, answer_asking(answerer), engine.endpoint(MODEL))
    assert len(outcome.rows) >= 8
    assert set(outcome.rows["decision"]) <= {"yes", "no", "maybe"}
    assert outcome.rows["logprob"].max() <= 0


def test_a_choice_is_weighed_among_the_words_alone(engine):
    requests = [
        Request([{"role": "user", "content": text}], 8, constraint=Choice(("yes", "no")), alternatives=20)
        for text in ("Is ice cold?", "Hello.")
    ]
    for reply in complete(engine.endpoint(MODEL), requests):
        weights = weigh(reply.alternatives[0], ("yes", "no"))
        assert sum(weights.values()) == pytest.approx(1, abs=1e-4)  # other tokens were struck out first
        assert reply.text in weights


def test_a_base_model_goes_on_with_a_document_and_ends_before_the_next_task(tmp_path):
    folder = tmp_path / "base"
    shutil.copytree(model_folder(EMBEDDED_MODEL), folder)
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    described = json.loads((folder / "tokenizer_config.json").read_text())
    described.pop("chat_template", None)
    (folder / "tokenizer_config.json").write_text(json.dumps(described))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "max_position_embeddings": 1024}))  # as BioGPT's
    shot = Shot(fields={"word": "hot"}, reply="cold")
    prompt = Prompt(template="The opposite of {word}?", shots=(shot, Shot(fields={"word": "big"}, reply="small")))
    with Engine(EngineSettings()) as engine:
        endpoint = engine.endpoint(LanguageModel(model=str(folder), dtype="float32"))
        assert endpoint.dialect.is_plain
        [reply] = complete(endpoint, [Request(prompt.conversation(word="long"), max_tokens=24)])
        assert reply.text.strip()
        assert "###" not in reply.text


@pytest.mark.parametrize("path", ["/health", "/v1/models", "/invocations", "/tokenize", "/metrics", "/docs"])
def test_an_engine_answers_nobody_else(engine, path):
    endpoint = engine.endpoint(MODEL)
    page = {"Origin": "https://evil.example", "Content-Type": "text/plain"}
    for method in ("GET", "POST", "OPTIONS"):
        assert httpx.request(method, f"{endpoint.url}{path}", headers=page, content=b"{}").status_code == 401


def test_an_engine_that_died_is_started_again_and_stopped_in_the_end(engine):
    first = engine.endpoint(MODEL)
    os.killpg(engine._process.pid, signal.SIGKILL)
    engine._process.wait()
    second = engine.endpoint(MODEL)
    assert httpx.get(f"{second.url}/health", headers=second.headers()).status_code == 200
    assert first.url != second.url
    engine.stop()
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{second.url}/health")


def test_a_model_that_can_not_be_served_says_why(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with (
        Engine(EngineSettings()) as engine,
        pytest.raises(EndpointError, match=r"before it was ready; its log .* ends"),
    ):
        engine.endpoint(LanguageModel(model=str(tmp_path), dtype="float32"))
