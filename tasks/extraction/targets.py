"""What a student is to say of a sentence, and what it says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tasks.extraction.examples import (
    ADE_SCHEMA,
    GDA_SCHEMA,
    PHI_SCHEMA,
    LabelledSpan,
    Relation,
    ade_example,
    drug_spans,
    labelled_spans,
    relation_pairs,
)

DRUG = "drug"


@dataclass(frozen=True, slots=True)
class Targets:
    """Labels of one sentence.

    Attributes:
        spans: those to tag.
        relations: of an anchor, which is one of the spans, and a related span.
        label: of the sentence; None where it has none.
    """

    spans: tuple[LabelledSpan, ...] = ()
    relations: tuple[Relation, ...] = ()
    label: int | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """How the labels of a kind of task stand in a row of examples.

    Attributes:
        schema: of the rows.
        read: a row's labels.
        write: a sentence's row with these labels in place of its own.
    """

    schema: dict[str, Any]
    read: Callable[[dict[str, Any]], Targets]
    write: Callable[[dict[str, Any], Targets], dict[str, Any]]


def _read_relations(row: dict[str, Any]) -> Targets:
    drugs = tuple(LabelledSpan(*span, DRUG) for span in drug_spans(row["drugs"]))
    return Targets(drugs, tuple(relation_pairs(row["relations"])))


def _write_relations(row: dict[str, Any], targets: Targets) -> dict[str, Any]:
    labels = ade_example(row["text"], (span.place for span in targets.spans), targets.relations, pmid=row["pmid"])
    return {**labels, "example_id": row["example_id"], "group": row["group"]}


RELATIONS = Form(ADE_SCHEMA, _read_relations, _write_relations)
SENTENCES = Form(
    GDA_SCHEMA,
    lambda row: Targets(label=row["label"]),
    lambda row, targets: {**row, "label": targets.label},
)
SPANS = Form(
    PHI_SCHEMA,
    lambda row: Targets(spans=tuple(labelled_spans(row["spans"]))),
    lambda row, targets: {**row, "spans": [span._asdict() for span in sorted(targets.spans)]},
)
