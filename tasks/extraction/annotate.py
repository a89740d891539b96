"""What a student finds in articles, sentence by sentence."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from mesh.hierarchy import Hierarchy
from tasks.extraction.declaration import ExtractionTask
from tasks.extraction.examples import LabelledSpan, Span
from tasks.extraction.mentions import Dictionary, mentioning
from tasks.extraction.pool import sentences_of
from tasks.extraction.student.found import Found
from tasks.store.outcome import Outcome
from tasks.store.recipe import Recipe, digest
from tasks.store.row_key import ROW_KEY, with_row_key

ANNOTATION: dict[str, Any] = {
    "sentence": pl.String, "label": pl.String, "probability": pl.Float64,
    "text": pl.String, "start": pl.Int64, "end": pl.Int64, "ui": pl.String,
    "event": pl.String, "event_start": pl.Int64, "event_end": pl.Int64, "event_ui": pl.String,
}  # fmt: skip
ANNOTATED_SCHEMA: dict[str, Any] = {ROW_KEY: pl.String, "pmid": pl.Int64, "found": pl.List(pl.Struct(ANNOTATION))}


@dataclass(frozen=True, slots=True)
class Annotator:
    """A student at work.

    Attributes:
        task: what it is to find.
        find: what it finds in each of several sentences.
        digest: of its weights and their precision.
        hierarchy: whose terms get their UI.
        masked: what a sentence must mention to be read, where the task masks it.
    """

    task: ExtractionTask
    find: Callable[[list[str]], list[Found]]
    digest: str
    hierarchy: Hierarchy
    masked: tuple[Dictionary, ...] = ()

    @property
    def recipe(self) -> Recipe:
        """The annotations recipe."""
        return Recipe("annotations", 3, {"student": self.digest, "mesh": str(self.hierarchy)})


class AnnotatedArticles(BaseModel):
    """Which articles a student reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uis: frozenset[str] | None = Field(default=None, description="Those with a heading among these; None: all.")
    newest: int | None = Field(default=None, ge=1, description="Of these, those of the highest PMIDs.")

    @property
    def cache_identity(self) -> str:
        """What the choice contributes to a stage's cache key."""
        return digest([None if self.uis is None else sorted(self.uis), self.newest])


def wanted_annotations(articles: pl.DataFrame, annotator: Annotator, which: AnnotatedArticles) -> pl.DataFrame:
    """Return the articles that are to be read, keyed by their texts; those without title and abstract are none.

    Args:
        articles: pmid, title, abstract, headings.

    Returns:
        row_key, pmid, title, abstract; empty strings for what there is not.
    """
    rows = articles
    if which.uis is not None:
        carried = pl.col("headings").list.eval(pl.element().struct.field("ui").is_in(list(which.uis))).list.any()
        rows = rows.filter(carried)
    texts = rows.select("pmid", pl.col("title", "abstract").fill_null("")).filter(
        (pl.col("title") != "") | (pl.col("abstract") != "")
    )
    if which.newest is not None:
        texts = texts.top_k(which.newest, by="pmid")
    return with_row_key(texts, annotator.recipe, ["pmid", "title", "abstract"])


def annotate(articles: pl.DataFrame, annotator: Annotator) -> Outcome:
    """Return what the student finds in titles and abstracts; an article in which it finds nothing has an empty list.

    A row of ``found`` is a drug with an event (or a span of another task, or a sentence's label): characters of the
    sentence, and the UI of the descriptor that goes by these words. A title is a sentence. Where the
    task masks what a sentence mentions, masked sentences are read, and those alone.

    Args:
        articles: row_key, pmid, title, abstract.

    Returns:
        Rows of ``ANNOTATED_SCHEMA``.
    """
    sentences = [
        (row, text)
        for row, (title, abstract) in enumerate(articles.select("title", "abstract").iter_rows())
        for text in (*filter(None, [title.strip()]), *sentences_of(abstract))
    ]
    if annotator.masked:
        shown = mentioning(pl.Series([text for _, text in sentences], dtype=pl.String), annotator.masked)
        sentences = [(sentences[place][0], text) for place, text, _ in shown.iter_rows()]
    found = annotator.find([text for _, text in sentences])
    rows: list[list[dict[str, Any]]] = [[] for _ in range(len(articles))]
    for (row, text), each in zip(sentences, found, strict=True):
        rows[row] += _annotations(text, each, annotator)
    column = pl.Series("found", rows, dtype=ANNOTATED_SCHEMA["found"])
    return Outcome(articles.select(ROW_KEY, "pmid").with_columns(column))


def flat(annotated: pl.DataFrame, task: ExtractionTask) -> pl.DataFrame:
    """Return one row for everything found: pmid and the columns of ``ANNOTATION``, those of spans named after the task.

    Args:
        annotated: rows of ``ANNOTATED_SCHEMA``.
    """
    rows = (
        annotated.select("pmid", "found")
        .explode("found")
        .drop_nulls("found")
        .unnest("found")
        .sort("pmid", "sentence", "start", "event_start", nulls_last=False)
    )
    if task.anchor is None:
        return rows.drop("event", "event_start", "event_end", "event_ui")
    name = task.anchor
    return rows.drop("label").rename({"text": name, "start": f"{name}_start", "end": f"{name}_end", "ui": f"{name}_ui"})


def _annotations(text: str, found: Found, annotator: Annotator) -> Iterator[dict[str, Any]]:
    empty: dict[str, Any] = {**dict.fromkeys(ANNOTATION), "sentence": text}
    task = annotator.task
    if found.label:  # 0 says that there is nothing to say
        yield {**empty, "label": task.sentence_labels[found.label], "probability": found.label_probability}
    if task.anchor is not None:
        for (drug, event), probability in sorted(found.relations.items()):
            words, start, end, ui = _named(text, event, annotator.hierarchy)
            anchor = _span(text, LabelledSpan(*drug, task.anchor), annotator.hierarchy)
            related = {"event": words, "event_start": start, "event_end": end, "event_ui": ui}
            yield {**empty, **anchor, **related, "probability": probability}
        return
    for span, probability in sorted(found.spans.items()):
        yield {**empty, **_span(text, span, annotator.hierarchy), "probability": probability}


def _span(text: str, span: LabelledSpan, hierarchy: Hierarchy) -> dict[str, Any]:
    words, start, end, ui = _named(text, span.place, hierarchy)
    return {"label": span.label, "text": words, "start": start, "end": end, "ui": ui}


def _named(text: str, span: Span, hierarchy: Hierarchy) -> tuple[str, int, int, str | None]:
    words = text[slice(*span)]
    return words, *span, hierarchy.find(words)
