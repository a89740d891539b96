"""What an evaluation comes to: scores, slices and comparisons of what was predicted."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from tasks.evaluation.ask import PROBABILITIES
from tasks.evaluation.benchmark import Benchmark
from tasks.evaluation.evaluation_prompt import Setting
from tasks.evaluation.examinee import Examinee
from tasks.evaluation.metrics import Comparison, Scores, compare, confusion, score
from tasks.evaluation.slices import judge, majority_baseline, score_by_file, score_by_heading, score_by_year
from tasks.store.recipe import digest
from tasks.store.reference import TableRef

SCORE_SLICES: dict[str, Callable[..., pl.DataFrame]] = {
    "year": score_by_year,
    "heading": score_by_heading,
    "file": score_by_file,
}
ODD_CHARACTERS = re.compile(r"[^A-Za-z0-9.]+")
LONGEST_SLUG = 60


@dataclass(frozen=True, slots=True)
class Predictions:
    """What an examinee predicted: its rows (item, prediction, probabilities, text, reason) and where they stand."""

    examinee: Examinee
    ref: TableRef
    rows: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Judged:
    """Predictions beside their items, and their scores: over all items, by gold label, by slice."""

    examinee: Examinee
    ref: TableRef
    rows: pl.DataFrame
    scores: Scores
    confusion: dict[str, dict[str, int]]
    slices: dict[str, pl.DataFrame]

    @property
    def unanswered_because(self) -> dict[str, int]:
        """How many items have no prediction, by reason."""
        reasons = Counter(self.rows["reason"].drop_nulls().to_list())
        return dict(sorted(reasons.items()))

    @property
    def unweighed(self) -> int:
        """How many choices are the word alone, since the server sent no log-probabilities."""
        if self.examinee.method != "choice":
            return 0
        chosen = pl.col("prediction").is_not_null()
        return len(self.rows.filter(chosen, pl.all_horizontal(pl.col(list(PROBABILITIES)).is_null())))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two models asked the same in the same way."""

    first: Examinee
    second: Examinee
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Results:
    """All of an evaluation. ``majority`` always says the items' most frequent decision; ``human`` is the annotator's
    reading of question and contexts, None where the items do not hold it."""

    benchmark: Benchmark
    judged: list[Judged]
    pairs: list[Pair]
    majority: Scores
    most_frequent: str
    human: Scores | None
    smallest_slice: int

    @property
    def name(self) -> str:
        """The name of its files: benchmark, models, and a hash of items, predictions and what is asked of them."""
        models = "-vs-".join(dict.fromkeys(slug(judged.examinee.name) for judged in self.judged))
        tables = [judged.ref.cache_identity for judged in self.judged]
        asked = digest([self.benchmark.cache_identity, self.benchmark.files, tables, self.smallest_slice])
        return f"{self.benchmark.name}-{models[:LONGEST_SLUG]}-{asked[:8]}"

    @property
    def left_out(self) -> dict[str, int]:
        """What the files hold and is not asked, or not in a setting, by reason."""
        with_contexts: Setting = "reasoning-required"
        without = len(self.benchmark.items) - len(self.benchmark.asked(with_contexts))
        if not without or all(judged.examinee.setting != with_contexts for judged in self.judged):
            return self.benchmark.left_out
        return {**self.benchmark.left_out, f"without contexts, from {with_contexts}": without}


def judge_predictions(benchmark: Benchmark, predictions: Sequence[Predictions], smallest_slice: int) -> Results:
    """Score every examinee's predictions, and each pair of models that were asked in the same way.

    Raises:
        PredictionsError: predictions do not fit the items.
    """
    judged = [_judge(benchmark, each, smallest_slice) for each in predictions]
    items, labels = benchmark.items, benchmark.decisions
    majority = majority_baseline(items)["prediction"]
    known = not items["human"].null_count()
    return Results(
        benchmark=benchmark,
        judged=judged,
        pairs=_pair(judged, labels),
        majority=score(items["decision"], majority, labels=labels),
        most_frequent=majority[0],
        human=score(items["decision"], items["human"], labels=labels) if known else None,
        smallest_slice=smallest_slice,
    )


def slug(name: str) -> str:
    """Return a name as part of a file's name."""
    return ODD_CHARACTERS.sub("-", name).strip("-").lower()


def _judge(benchmark: Benchmark, predictions: Predictions, smallest_slice: int) -> Judged:
    rows = judge(benchmark.asked(predictions.examinee.setting), predictions.rows)
    labels = benchmark.decisions
    scored = partial(_score_slice, rows, smallest_slice, labels)
    return Judged(
        examinee=predictions.examinee,
        ref=predictions.ref,
        rows=rows,
        scores=score(rows["decision"], rows["prediction"], labels=labels),
        confusion=confusion(rows["decision"], rows["prediction"], labels=labels),
        slices={name: scored(name) for name in benchmark.slices},
    )


def _score_slice(rows: pl.DataFrame, smallest: int, labels: Sequence[str], name: str) -> pl.DataFrame:
    return SCORE_SLICES[name](rows, smallest=smallest, labels=labels)


def _pair(judged: list[Judged], labels: Sequence[str]) -> list[Pair]:
    """Return each model but the first against the first, where both were asked in the same way."""
    firsts = {(each.examinee.setting, each.examinee.method): each for each in reversed(judged)}
    pairs = []
    for second in judged:
        first = firsts[second.examinee.setting, second.examinee.method]
        if first.examinee.name != second.examinee.name:
            compared = compare(
                first.rows["decision"], first.rows["prediction"], second.rows["prediction"], labels=labels
            )
            pairs.append(Pair(first.examinee, second.examinee, compared))
    return pairs
