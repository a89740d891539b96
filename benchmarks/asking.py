"""The stages that ask a language model, by themselves: what the benchmarks of serving measure.

Importing this imports Prefect, which reads its settings then: it is done inside ``deployments.prefect_server``.
"""

import time
from pathlib import Path
from typing import Any

import polars as pl
from prefect import flow

from tasks.answers.answer import answer_asking, wanted_answers
from tasks.answers.answerer import Answerer
from tasks.errors import DistilleryError
from tasks.kinds import Kind
from tasks.orchestration.ask import fill_by_asking
from tasks.orchestration.task_runner import task_runner
from tasks.questions.ask import question_asking, wanted_questions
from tasks.questions.generator import Generator, default_generators
from tasks.serving.asking import Asking
from tasks.serving.endpoint import resolve
from tasks.serving.engine import Engine, EngineSettings
from tasks.serving.model import LanguageModel
from tasks.store.recipe import Recipe
from tasks.store.reference import StageResult
from tasks.store.store import Store

NEIGHBOURS = 4


def ask(stage: str, articles: pl.DataFrame, root: Path, url: str, model: str | None = None) -> dict[str, Any]:
    """Run ``questions`` or ``answers`` over articles (pmid, title, abstract, content_hash).

    Args:
        model: its name at the server; the server's own choice without one.

    Returns:
        seconds, requests, completion_tokens; stopped: the sentence with which it stopped early, or an empty text.
    """
    named = {} if model is None else {"model": model}
    began = time.monotonic()
    try:
        language_model = resolve(LanguageModel(url=url, **named))
        result, seconds = _ask(stage, articles, str(root), language_model)
    except DistilleryError as error:
        return {"seconds": time.monotonic() - began, "requests": 0, "completion_tokens": 0, "stopped": str(error)}
    usage = result.usage
    return {
        "seconds": seconds,
        "requests": usage.requests,
        "completion_tokens": usage.completion_tokens,
        "stopped": "",
    }


def standing(root: Path, stage: str) -> pl.DataFrame:
    """Return every row of a stage's tables below a root, as often as it stands there."""
    parts = [pl.read_parquet(part) for part in sorted(root.glob(f"{stage}/*/parts/*.parquet"))]
    return pl.concat(parts) if parts else pl.DataFrame(schema={"row_key": pl.String, "pmid": pl.Int64})


def quarantined(root: Path, stage: str) -> pl.DataFrame:
    """Return what a stage left unfinished below a root, with the reasons."""
    return Store(str(root)).quarantine(stage)


@flow(name="ask", task_runner=task_runner(), validate_parameters=False)
def _ask(stage: str, articles: pl.DataFrame, root: str, language_model: LanguageModel) -> tuple[StageResult, float]:
    """Return what the stage says, and the seconds that it took, Prefect's start of the run apart."""
    if stage == "questions":
        generator = default_generators()[0].model_copy(update={"language_model": language_model})
        wanted, asking, recipe = _questions(articles, generator)
    else:
        wanted, asking, recipe = _answers(articles, Answerer(language_model=language_model))
    store = Store(root)
    with Engine(EngineSettings()) as engine:
        began = time.monotonic()
        result = fill_by_asking(
            store,
            store.table(recipe),
            wanted,
            asking,
            lambda: engine.endpoint(language_model),
            label=stage,
            lowest_yield=0.0,
        )
        return result, time.monotonic() - began


def _questions(articles: pl.DataFrame, generator: Generator) -> tuple[pl.DataFrame, Asking, Recipe]:
    return wanted_questions(articles, generator), question_asking(generator), generator.recipe


def _answers(articles: pl.DataFrame, answerer: Answerer) -> tuple[pl.DataFrame, Asking, Recipe]:
    """Return what to ask about a question of each article, and the articles after it as its neighbours."""
    pmids = articles["pmid"].to_list()
    around = [(pmids * 2)[place + 1 : place + 1 + NEIGHBOURS] for place in range(len(pmids))]
    chosen = articles.select(
        "pmid",
        kind=pl.lit(Kind.YES_NO.value),
        chosen_id=pl.format("question {}", "pmid"),
        chosen=pl.format("Is {} of use?", "title"),
    )
    contexts = chosen.select(question_id="chosen_id").with_columns(pmids=pl.Series(around))
    return wanted_answers(chosen, contexts, articles, answerer), answer_asking(answerer), answerer.recipe
