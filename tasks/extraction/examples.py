"""Examples: one row per sentence, alike as gold, as a teacher labels them and as a student predicts them.

| task | schema | what is extracted |
|---|---|---|
| ade | ``ADE_SCHEMA`` | drugs, and relations between a drug and an adverse event |
| gda | ``GDA_SCHEMA`` | whether the sentence says that gene and disease are associated: 1 or 0 |
| phi | ``PHI_SCHEMA`` | spans of protected health information, each with its label |

Offsets are characters (Python's, code points) in ``text``, ends exclusive. ``group`` names what must not be divided
between training and test: the article, or else the template that a sentence was made from, or else the sentence itself.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import polars as pl

from tasks.errors import DistilleryError
from tasks.store.row_key import row_key

SENTENCE_SCHEMA: dict[str, Any] = {
    "example_id": pl.String,
    "pmid": pl.Int64,
    "group": pl.String,
    "text": pl.String,
}
ADE_SCHEMA: dict[str, Any] = SENTENCE_SCHEMA | {
    "drugs": pl.List(pl.Struct({"start": pl.Int64, "end": pl.Int64})),
    "relations": pl.List(pl.Struct(dict.fromkeys(("drug_start", "drug_end", "event_start", "event_end"), pl.Int64))),
}
GDA_SCHEMA: dict[str, Any] = SENTENCE_SCHEMA | {"label": pl.Int64}
PHI_SCHEMA: dict[str, Any] = SENTENCE_SCHEMA | {
    "spans": pl.List(pl.Struct({"start": pl.Int64, "end": pl.Int64, "label": pl.String})),
}


class ExamplesError(DistilleryError):
    """A frame breaks the contract of this module; the message names the example and says how."""


class Span(NamedTuple):
    """A piece of a sentence."""

    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        """Return whether the two have a character in common."""
        return self.start < other.end and other.start < self.end


class LabelledSpan(NamedTuple):
    """A piece of a sentence and what it is."""

    start: int
    end: int
    label: str

    @property
    def place(self) -> Span:
        """Where it stands."""
        return Span(self.start, self.end)


class Relation(NamedTuple):
    """A drug and an adverse event that it caused."""

    drug: Span
    event: Span


def ade_example(
    text: str, drugs: Iterable[Span], relations: Iterable[Relation], *, pmid: int | None = None
) -> dict[str, Any]:
    """Return the row of a sentence. The drugs of its relations count among its drugs; what stands twice is kept once.

    Returns:
        The columns of ``ADE_SCHEMA``; drugs and relations in the order of their offsets.
    """
    related = set(relations)
    mentioned = set(drugs) | {relation.drug for relation in related}
    return sentence_row("ade", text, pmid) | {
        "drugs": [span._asdict() for span in sorted(mentioned)],
        "relations": [
            {"drug_start": drug.start, "drug_end": drug.end, "event_start": event.start, "event_end": event.end}
            for drug, event in sorted(related)
        ],
    }


def gda_example(text: str, label: int | None, *, pmid: int | None = None) -> dict[str, Any]:
    """Return the row of a sentence, as in ``GDA_SCHEMA``; a null label is a prediction that is missing."""
    return sentence_row("gda", text, pmid) | {"label": label}


def phi_example(text: str, spans: Iterable[LabelledSpan], *, group: str | None = None) -> dict[str, Any]:
    """Return the row of a sentence, as in ``PHI_SCHEMA``; spans in the order of their offsets."""
    row = sentence_row("phi", text, None) | {"spans": [span._asdict() for span in sorted(set(spans))]}
    return row | {"group": group} if group is not None else row


def sentence_row(task: str, text: str, pmid: int | None) -> dict[str, Any]:
    """Return what every example has, as in ``SENTENCE_SCHEMA``; the id is that of the task and the text."""
    example_id = row_key(task, text)
    group = f"sentence {example_id}" if pmid is None else f"pmid {pmid}"
    return {"example_id": example_id, "pmid": pmid, "group": group, "text": text}


def drug_spans(cell: Iterable[dict[str, int]]) -> list[Span]:
    """Return what a cell of ``drugs`` holds."""
    return [Span(**span) for span in cell]


def relation_pairs(cell: Iterable[dict[str, int]]) -> list[Relation]:
    """Return what a cell of ``relations`` holds."""
    return [
        Relation(
            Span(relation["drug_start"], relation["drug_end"]), Span(relation["event_start"], relation["event_end"])
        )
        for relation in cell
    ]


def entities(drugs: Iterable[dict[str, int]], relations: Iterable[dict[str, int]]) -> list[LabelledSpan]:
    """Return what cells of ``drugs`` and ``relations`` hold as spans of the labels drug and event, each once."""
    named = {LabelledSpan(*span, "drug") for span in drug_spans(drugs)}
    return sorted(named | {LabelledSpan(*pair.event, "event") for pair in relation_pairs(relations)})


def labelled_spans(cell: Iterable[dict[str, Any]]) -> list[LabelledSpan]:
    """Return what a cell of ``spans`` holds."""
    return [LabelledSpan(**span) for span in cell]


def check_examples(examples: pl.DataFrame, schema: dict[str, Any]) -> None:
    """Check a frame against one of the schemas above.

    Raises:
        ExamplesError: a column is missing or of another type, two rows have the same ``example_id``, a span is empty or
            lies outside its sentence, or a relation's drug is not among the drugs.
    """
    for name, dtype in schema.items():
        if examples.schema.get(name) != dtype:
            raise ExamplesError(f"examples: expected a column {name} of {dtype}, found {examples.schema.get(name)}")
    repeated = examples.filter(pl.col("example_id").is_duplicated())
    if len(repeated):
        raise ExamplesError(f"example {repeated['example_id'][0]} stands there twice; expected one row per sentence")
    for row in examples.iter_rows(named=True):
        outside = next((span for span in _all_spans(row) if not 0 <= span.start < span.end <= len(row["text"])), None)
        if outside is not None:
            raise ExamplesError(
                f"example {row['example_id']}: expected spans within its {len(row['text'])} characters, "
                f"found {outside.start} to {outside.end}"
            )
        if not {pair.drug for pair in relation_pairs(row.get("relations") or ())} <= set(
            drug_spans(row.get("drugs") or ())
        ):
            raise ExamplesError(f"example {row['example_id']}: expected the drug of every relation among its drugs")


def _all_spans(row: dict[str, Any]) -> list[Span]:
    pairs = relation_pairs(row.get("relations") or ())
    labelled = [Span(span.start, span.end) for span in labelled_spans(row.get("spans") or ())]
    return [*drug_spans(row.get("drugs") or ()), *(span for pair in pairs for span in pair), *labelled]
