"""The questions and candidates stages as Prefect tasks."""

from functools import partial

import polars as pl

from tasks.literature.collection import read_usable
from tasks.orchestration.ask import fill_by_asking
from tasks.orchestration.stage import fill, stage_task
from tasks.questions.ask import question_asking, wanted_questions
from tasks.questions.gates.candidates import example_texts, pass_gates, wanted_candidates
from tasks.questions.gates.settings import Gates
from tasks.questions.generator import Generator
from tasks.questions.kind_draw import KindDraw
from tasks.serving.engine import Engine
from tasks.store.reference import StageResult, TableRef
from tasks.store.store import Store

CANDIDATE_BATCH_ROWS = 50_000


def _ask(
    store: Store, articles: TableRef, samples: TableRef, generator: Generator, draw: KindDraw, engine: Engine
) -> StageResult:
    wanted = _wanted(store, articles, samples, generator, draw)
    return fill_by_asking(
        store,
        store.table(generator.recipe),
        wanted,
        question_asking(generator),
        lambda: engine.endpoint(generator.language_model),
        label=f"{generator.kind} questions: {generator.name}",
    )


def _wanted(store: Store, articles: TableRef, samples: TableRef, generator: Generator, draw: KindDraw) -> pl.DataFrame:
    sampled = draw.articles(store.read(samples, ["pmid"]), generator.kind)
    return wanted_questions(read_usable(store, articles).join(sampled, on="pmid", how="semi"), generator)


def _pass_gates(
    store: Store, articles: TableRef, questions: list[TableRef], generators: list[Generator], gates: Gates
) -> StageResult:
    asked = pl.concat([store.read(ref) for ref in questions])
    examples = example_texts(generators)
    judged = store.read(articles, ["pmid", "title", "abstract", "content_hash"])
    return fill(
        store,
        store.table(gates.recipe),
        wanted_candidates(asked, judged, gates, examples),
        partial(pass_gates, gates=gates, examples=examples),
        label="candidates",
        batch_rows=CANDIDATE_BATCH_ROWS,
        lowest_yield=0.25,
    )


def prepare_engine(
    store: Store, articles: TableRef, samples: TableRef, generators: list[Generator], draw: KindDraw, engine: Engine
) -> None:
    """Start the first generator's model in the background, where there are questions left to ask."""
    for generator in generators:
        if len(store.table(generator.recipe).missing(_wanted(store, articles, samples, generator, draw))):
            engine.prepare(generator.language_model)
            return


questions_stage = stage_task(_ask, "questions", "{arguments[generator].kind} questions: {arguments[generator].name}")
candidates_stage = stage_task(_pass_gates, "candidates")
