"""The page of an extraction: scores, mistakes, and sentences with gold beside what was predicted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tasks.extraction.examples import LabelledSpan
from tasks.extraction.judge import BesideTeacher, JudgedExtraction
from tasks.extraction.student.kept import Epoch
from tasks.extraction.targets import Targets
from tasks.report.extraction_figures import draw_epochs, draw_f1
from tasks.report.template import embed, render

EVENT = "event"
SENTENCES = 40


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a sentence and the labels of the spans that cover it."""

    text: str
    labels: tuple[str, ...]


def render_extraction(
    judged: JudgedExtraction,
    title: str,
    told: dict[str, Any] | None = None,
    beside: BesideTeacher | None = None,
    epochs: Sequence[Epoch] = (),
    count: int = SENTENCES,
) -> str:
    """Return the page (HTML), with the first sentences that hold a mistake of each kind.

    Args:
        told: ``labels`` and ``gold`` of the extraction's JSON; see ``extraction_task``.
        beside: student and teacher on the same sentences.
        epochs: of the student's training.
    """
    return render(
        "extraction.html",
        title=title,
        judged=judged,
        quality=told and told["labels"],
        gold=told and told["gold"],
        beside=beside,
        f1=embed(draw_f1(judged.scores, beside), "f1"),
        epochs=embed(draw_epochs(epochs), "epochs") if epochs else None,
        labels=[*judged.task.span_labels, EVENT] if judged.task.anchor else list(judged.task.span_labels),
        sentences=pick_sentences(judged, count),
    )


def pick_sentences(judged: JudgedExtraction, count: int) -> list[dict[str, Any]]:
    """Return sentences with mistakes, taking turns between the kinds, so that a rare one is seen, too.

    Returns:
        For each: text, mistakes (kind, gold, predicted), and gold and predicted: pieces, pairs, label.
    """
    of_kind = {
        kind: judged.mistakes.filter(mistake=kind)["example_id"].unique(maintain_order=True).to_list()
        for kind in judged.mistake_counts
    }
    chosen = list(dict.fromkeys(_in_turn(list(of_kind.values()))))[:count]
    gold = {row["example_id"]: row for row in judged.gold.iter_rows(named=True)}
    predicted = {row["example_id"]: row for row in judged.predicted.iter_rows(named=True)}
    read = judged.task.form.read
    return [
        {
            "text": gold[key]["text"],
            "pmid": gold[key]["pmid"],
            "mistakes": judged.mistakes.filter(example_id=key).to_dicts(),
            "sides": [
                (name, _side(gold[key]["text"], read(rows[key]) if key in rows else Targets(), judged))
                for name, rows in (("gold", gold), ("predicted", predicted))
            ],
        }
        for key in chosen
    ]


def pieces(text: str, spans: Iterable[LabelledSpan]) -> list[Piece]:
    """Cut a text at the edges of spans, which may overlap; every piece knows the labels that cover it."""
    known = sorted(set(spans))
    edges = sorted({0, len(text), *(edge for span in known for edge in span.place)})
    return [
        Piece(text[start:end], tuple(dict.fromkeys(s.label for s in known if s.start <= start and end <= s.end)))
        for start, end in pairwise(edges)
    ]


def _side(text: str, targets: Targets, judged: JudgedExtraction) -> dict[str, Any]:
    events = [LabelledSpan(*relation.event, EVENT) for relation in targets.relations]
    return {
        "pieces": pieces(text, [*targets.spans, *events]),
        "pairs": [(text[slice(*drug)], text[slice(*event)]) for drug, event in targets.relations],
        "label": None if targets.label is None else judged.task.sentence_labels[targets.label],
    }


def _in_turn(lists: Sequence[list[str]]) -> Iterable[str]:
    for place in range(max(map(len, lists), default=0)):
        for each in lists:
            if place < len(each):
                yield each[place]
