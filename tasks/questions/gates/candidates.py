"""The candidates table: questions that may compete, the others in quarantine with the gate's reason."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from tasks.kinds import Kind
from tasks.questions.gates.asked import Asked, grams_of
from tasks.questions.gates.copying import share_in
from tasks.questions.gates.near_duplicates import earlier_alike
from tasks.questions.gates.registry import refusal
from tasks.questions.gates.settings import GateName, Gates
from tasks.questions.generator import Generator
from tasks.store.outcome import REFUSED_SCHEMA, Outcome
from tasks.store.row_key import ROW_KEY, row_key, with_row_key

DUPLICATE = "near duplicate of another question"
LONGEST_KEY = 300
JUDGED = ("question", "kind", "title", "abstract", "finish_reason", "generator")

Examples = Mapping[str, Sequence[str]]
"""By a generator's name the texts of the examples in its prompt."""


def example_texts(generators: Iterable[Generator]) -> dict[str, list[str]]:
    """Return what each generator is shown as examples: their replies and fields; of those of one name all together."""
    texts: dict[str, list[str]] = {}
    for generator in generators:
        shown = [text for shot in generator.prompt.shots for text in (shot.reply, *shot.fields.values())]
        texts.setdefault(generator.name, []).extend(shown)
    return texts


def wanted_candidates(
    questions: pl.DataFrame, articles: pl.DataFrame, gates: Gates | None = None, examples: Examples | None = None
) -> pl.DataFrame:
    """Return all questions of a run with their article's title and abstract, keyed by all that decides their verdict.

    ``duplicate_of`` names the question that one nearly repeats, the first by pmid and question_id among those that
    pass the other gates; it is null for most. It depends on the whole run, and so is found here and part of the key.

    Args:
        questions: row_key, question_id, pmid, generator, kind, question, finish_reason.
        articles: pmid, title, abstract, content_hash.
        gates: the defaults where there are none.
        examples: what the generators were shown; a question of a generator that is not in it is held against none.
    """
    gates, examples = gates or Gates(), examples or {}
    joined = questions.drop(ROW_KEY).join(
        articles.select("pmid", "title", "abstract", "content_hash"), on="pmid", maintain_order="left"
    )
    ordered = joined.sort("pmid", "question_id")
    shown = {name: row_key(*texts) for name, texts in examples.items()}
    told = ordered.with_columns(
        pl.col("generator").replace_strict(shown, default=None, return_dtype=pl.String).alias("examples"),
        pl.Series("duplicate_of", _duplicates(ordered, gates, examples), dtype=pl.String),
    )
    inputs = ["question_id", "question", "kind", "content_hash", "examples", "duplicate_of"]
    return with_row_key(told, gates.recipe, inputs)


def pass_gates(questions: pl.DataFrame, gates: Gates | None = None, examples: Examples | None = None) -> Outcome:
    """Return the questions that may compete; the others with their reason.

    Args:
        questions: as ``wanted_candidates`` returns them, of the same gates and examples.
        gates: the defaults where there are none.
        examples: what the generators were shown.

    Returns:
        Rows of row_key, question_id, pmid, generator, kind, question, copied (from title and abstract:
        ``copied_share``).
    """
    gates = gates or Gates()
    asked = _asked(questions, examples or {})
    repeats = questions["duplicate_of"].is_not_null()
    verdicts = [DUPLICATE if repeat else refusal(each, gates) for repeat, each in zip(repeats, asked, strict=True)]
    copied = [
        share_in(each.grams, each.article_text) if verdict is None else None
        for each, verdict in zip(asked, verdicts, strict=True)
    ]
    judged = questions.with_columns(
        pl.Series("reason", verdicts, dtype=pl.String), pl.Series("copied", copied, dtype=pl.Float64)
    )
    named = pl.format("PMID {} {}: {}", "pmid", "generator", pl.col("question").str.slice(0, LONGEST_KEY))
    refused = judged.filter(pl.col("reason").is_not_null()).select(ROW_KEY, named.alias("key"), "reason")
    rows = judged.filter(pl.col("reason").is_null()).select(
        ROW_KEY, "question_id", "pmid", "generator", "kind", "question", "copied"
    )
    return Outcome(rows, refused.cast(pl.Schema(REFUSED_SCHEMA)))


def _duplicates(ordered: pl.DataFrame, gates: Gates, examples: Examples) -> list[str | None]:
    if GateName.NEAR_DUPLICATES in gates.left_out:
        return [None] * len(ordered)
    asked = _asked(ordered, examples)
    stems = [tuple(each.stems) if len(each.question) <= gates.most_characters else () for each in asked]
    found = earlier_alike(stems, lambda place: refusal(asked[place], gates) is None, gates.near_duplicate)
    names = ordered["question_id"].to_list()
    return [None if place is None else names[place] for place in found]


def _asked(questions: pl.DataFrame, examples: Examples) -> list[Asked]:
    shown = {name: grams_of(texts) for name, texts in examples.items()}
    return [
        Asked(question, Kind(kind), title, abstract, finish_reason, shown.get(generator, frozenset()))
        for question, kind, title, abstract, finish_reason, generator in questions.select(JUDGED).iter_rows()
    ]
