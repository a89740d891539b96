"""A simulated teacher: gold labels with mistakes of known kinds and number.

A simulation, no teacher: nothing here reads a sentence, and the mistakes strike sentences at random, where those of a
language model have their reasons. It shows what a student makes of labels of a given quality, nothing about any model.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tasks.extraction.examples import ADE_SCHEMA, Relation, Span, ade_example, drug_spans, relation_pairs

WORD = re.compile(r"\w+")
LONGEST_EVENT = 3
DRUG_NAMED = 0.5
ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class Mistakes:
    """How many of each kind, as shares of the gold relations.

    ``drop``: left out. ``shift``: a boundary of drug or event moved by a word. ``swap``: given to another drug of the
    sentence. ``spurious``: added between words that are not related; may exceed 1.
    """

    drop: float
    shift: float
    swap: float
    spurious: float

    def __post_init__(self) -> None:
        """Check the shares.

        Raises:
            ValueError: one is negative, or more relations are to be spoilt than there are.
        """
        if min(self.drop, self.shift, self.swap, self.spurious) < 0 or self.drop + self.shift + self.swap > 1 + 1e-9:
            raise ValueError(f"expected shares of 0 or more, drop, shift and swap together at most 1, found {self}")

    @property
    def recall(self) -> float:
        """The strict recall to expect."""
        return 1 - self.drop - self.shift - self.swap

    @property
    def precision(self) -> float:
        """The strict precision to expect; 0 where nothing is left."""
        predicted = 1 - self.drop + self.spurious
        return self.recall / predicted if predicted else 0.0


def mistakes_for(precision: float, recall: float, *, damaged: float = 0.5, swapped: float = 0.2) -> Mistakes:
    """Return mistakes that lead to a strict precision and recall.

    Args:
        precision: in (0, 1].
        recall: in (0, 1].
        damaged: the share of mistakes that cost precision and recall at once, shifted or swapped, of as many as can be;
            the others are dropped and spurious relations.
        swapped: the share of the damaged that are swapped.

    Raises:
        ValueError: a number is out of its range.
    """
    if not (0 < precision <= 1 and 0 < recall <= 1 and 0 <= damaged <= 1 and 0 <= swapped <= 1):
        raise ValueError(f"expected precision and recall in (0, 1], shares in [0, 1], found {precision}, {recall}")
    missed, wrong = 1 - recall, recall / precision - recall
    both = damaged * min(missed, wrong)
    return Mistakes(drop=missed - both, shift=both * (1 - swapped), swap=both * swapped, spurious=wrong - both)


def mistakes_for_f1(f1: float, *, damaged: float = 0.5, swapped: float = 0.2) -> Mistakes:
    """Return mistakes that lead to a strict F1, with a precision and a recall that equal it.

    Raises:
        ValueError: as in ``mistakes_for``.
    """
    return mistakes_for(f1, f1, damaged=damaged, swapped=swapped)


def corrupt(gold: pl.DataFrame, mistakes: Mistakes, *, seed: int = 0) -> pl.DataFrame:
    """Return the examples as the simulated teacher labels them.

    The shares are met to the relation, so scores come out as the mistakes say. Where too few sentences have another
    drug to swap to, more is shifted; what can not be shifted is dropped. A relation that is dropped leaves its drug
    behind, as a teacher does who writes "drug: none". No mistake is right by chance.

    Args:
        gold: ``ADE_SCHEMA``.

    Returns:
        ``ADE_SCHEMA``, one row per row of ``gold`` in its order; the same for the same seed, whatever that order.

    Raises:
        ValueError: the sentences have no room for so many spurious relations.
    """
    sentences = [_Sentence(row) for row in gold.sort("example_id").iter_rows(named=True)]
    dice = np.random.default_rng(seed)
    whole = [(sentence, relation) for sentence in sentences for relation in sorted(sentence.gold)]
    total = len(whole)
    counts = {name: round(getattr(mistakes, name) * total) for name in ("swap", "shift", "drop", "spurious")}
    waiting = [whole[place] for place in dice.permutation(total)]
    waiting, short = _spoil(waiting, counts["swap"], _Sentence.swapped, dice)
    waiting, short = _spoil(waiting, counts["shift"] + short, _Sentence.shifted, dice)
    for sentence, relation in waiting[: counts["drop"] + short]:
        sentence.labels.remove(relation)
    _add_spurious(sentences, counts["spurious"], dice)
    rows = {sentence.example_id: sentence.row() for sentence in sentences}
    return pl.DataFrame([rows[example_id] for example_id in gold["example_id"]], schema=ADE_SCHEMA)


class _Sentence:
    """A sentence whose labels are being spoilt."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.example_id: str = row["example_id"]
        self.gold = frozenset(relation_pairs(row["relations"]))
        self.drugs = sorted(drug_spans(row["drugs"]))
        self.labels = set(self.gold)
        self.words = [Span(*match.span()) for match in WORD.finditer(row["text"])]
        self._row = row
        self._misread: set[Span] = set()

    def replace(self, relation: Relation, mistake: Relation) -> None:
        """Label the mistake instead; a drug that is cut or stretched is no longer named as it stands."""
        self.labels.remove(relation)
        self.labels.add(mistake)
        if mistake.drug not in self.drugs:
            self._misread.add(relation.drug)

    def is_new(self, relation: Relation) -> bool:
        return relation not in self.gold and relation not in self.labels

    def swapped(self, relation: Relation) -> list[Relation]:
        return [Relation(drug, relation.event) for drug in self.drugs if drug != relation.drug]

    def shifted(self, relation: Relation) -> list[Relation]:
        drugs = [Relation(drug, relation.event) for drug in self._moved(relation.drug)]
        return drugs + [Relation(relation.drug, event) for event in self._moved(relation.event)]

    def spurious(self, dice: np.random.Generator) -> Relation | None:
        """Return a relation between a word, or a drug, and up to three words; None where the draw makes none."""
        if not self.words:
            return None
        drugs = self.drugs if self.drugs and dice.random() < DRUG_NAMED else self.words
        first = int(dice.integers(len(self.words)))
        last = min(first + int(dice.integers(LONGEST_EVENT)), len(self.words) - 1)
        drawn = Relation(drugs[int(dice.integers(len(drugs)))], Span(self.words[first].start, self.words[last].end))
        return drawn if self.is_new(drawn) and not drawn.drug.overlaps(drawn.event) else None

    def row(self) -> dict[str, Any]:
        named = [drug for drug in self.drugs if drug not in self._misread]
        labels = ade_example(self._row["text"], named, self.labels)
        return self._row | {"drugs": labels["drugs"], "relations": labels["relations"]}

    def _moved(self, span: Span) -> list[Span]:
        """Return the span with one boundary moved to the next word's, or the one before's."""
        starts = [word.start for word in self.words]
        ends = [word.end for word in self.words]
        moved = [Span(start, span.end) for start in _beside(span.start, starts)]
        moved += [Span(span.start, end) for end in _beside(span.end, ends)]
        return [other for other in moved if other.start < other.end]


def _beside(place: int, boundaries: list[int]) -> list[int]:
    """Return the boundary before and the one after a place, where there are such."""
    before = [boundary for boundary in boundaries if boundary < place][-1:]
    return before + [boundary for boundary in boundaries if boundary > place][:1]


def _spoil(
    waiting: list[tuple[_Sentence, Relation]],
    count: int,
    alternatives: Callable[[_Sentence, Relation], list[Relation]],
    dice: np.random.Generator,
) -> tuple[list[tuple[_Sentence, Relation]], int]:
    """Replace as many relations by one of their alternatives; return the untouched ones, and how many it misses."""
    left: list[tuple[_Sentence, Relation]] = []
    for sentence, relation in waiting:
        possible = [other for other in alternatives(sentence, relation) if sentence.is_new(other)] if count else []
        if possible:
            sentence.replace(relation, possible[int(dice.integers(len(possible)))])
            count -= 1
        else:
            left.append((sentence, relation))
    return left, count


def _add_spurious(sentences: list[_Sentence], count: int, dice: np.random.Generator) -> None:
    """Add as many relations that are not in gold.

    Raises:
        ValueError: there is no room for them.
    """
    for _ in range(ATTEMPTS * count):
        sentence = sentences[int(dice.integers(len(sentences)))]
        relation = sentence.spurious(dice)
        if relation is not None:
            sentence.labels.add(relation)
            count -= 1
        if not count:
            return
    if count:
        raise ValueError(f"found no room for {count} spurious relations in {len(sentences)} sentences")
