"""The benchmarks that models are asked: items of one form, whatever file they come from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import polars as pl

from tasks.checksum import md5_of
from tasks.decisions import DECISIONS, Decision
from tasks.errors import DistilleryError
from tasks.evaluation.bioasq import document_questions, read_questions, write_answers
from tasks.evaluation.evaluation_prompt import Setting
from tasks.evaluation.pubmedqa import (
    REFERENCE_POINTS,
    ReferencePoint,
    read_items,
    read_predictions,
    write_predictions,
)
from tasks.store.recipe import digest
from tasks.store.row_key import row_key

BenchmarkName = Literal["pubmedqa", "bioasq"]
TITLES: dict[BenchmarkName, str] = {"pubmedqa": "PubMedQA", "bioasq": "BioASQ yes/no"}
ITEM_SCHEMA: dict[str, Any] = {
    "item": pl.String,
    "name": pl.String,
    "question": pl.String,
    "contexts": pl.List(pl.String),
    "decision": pl.String,
    "year": pl.Int32,
    "meshes": pl.List(pl.String),
    "file": pl.String,
    "human": pl.String,
}
"""``item`` is the PMID or BioASQ's id, ``human`` the annotator's decision from question and contexts, where known."""
HAS_CONTEXTS = pl.col("contexts").list.join("").str.contains(r"\S")
UNANSWERED: Decision = "maybe"
"""What stands in an official file of PubMedQA, which knows no missing prediction, for an item without one."""


class BenchmarkError(DistilleryError):
    """There is nothing to ask, or items and ground truth do not fit; the message says which."""


@dataclass(frozen=True)
class Benchmark:
    """Items to ask, and how they are judged.

    ``decisions`` are what the items are answered with. ``slices`` names the columns that they are sliced by.
    ``left_out`` counts, by reason, what the files hold and is not asked. ``files`` are their names and MD5.
    """

    name: BenchmarkName
    decisions: tuple[Decision, ...]
    items: pl.DataFrame
    slices: tuple[Literal["year", "heading", "file"], ...]
    files: dict[str, str]
    left_out: dict[str, int] = field(default_factory=dict)
    published: tuple[ReferencePoint, ...] = ()

    @property
    def title(self) -> str:
        """The name that people know it by."""
        return TITLES[self.name]

    @cached_property
    def cache_identity(self) -> str:
        """A hash of everything that the items say."""
        return digest([row_key(*row) for row in self.items.iter_rows()])

    def asked(self, setting: Setting) -> pl.DataFrame:
        """Return the items that can be asked in a setting: with contexts those that have any."""
        return self.items.filter(HAS_CONTEXTS) if setting == "reasoning-required" else self.items

    def first(self, limit: int | None) -> "Benchmark":
        """Return the benchmark with no more than the first ``limit`` of its items."""
        if limit is None or limit >= len(self.items):
            return self
        left_out = {**self.left_out, "beyond the limit": len(self.items) - limit}
        return replace(self, items=self.items.head(limit), left_out=left_out)

    @property
    def write_official(self) -> Callable[[Any, pl.DataFrame], None]:
        """The function that writes predictions (item, question, prediction) to a path in the benchmark's own format."""
        return _write_pubmedqa if self.name == "pubmedqa" else write_answers


def read_benchmark(name: BenchmarkName, files: Sequence[Path], ground_truth: Path | None = None) -> Benchmark:
    """Read what there is to ask.

    Args:
        files: of PubMedQA, ``ori_pqal.json`` or files like it; of BioASQ, golden files. An item that stands in several
            counts once.
        ground_truth: PubMedQA's ``test_ground_truth.json``; only its items are asked.

    Raises:
        PubMedQaError, BioasqError: a file can not be read as such.
        BenchmarkError: there is no item to ask; or ground truth and items name different decisions or items.
    """
    benchmark = _read_pubmedqa(files, ground_truth) if name == "pubmedqa" else _read_bioasq(files)
    if benchmark.items.is_empty():
        named = ", ".join(path.name for path in files)
        left_out = (
            "; ".join(f"{count} {reason}" for reason, count in benchmark.left_out.items()) or "no question at all"
        )
        raise BenchmarkError(
            f"{named}: there is no yes/no question with an answer ({left_out}); name a golden file of BioASQ task B"
        )
    return benchmark


def _read_pubmedqa(files: Sequence[Path], ground_truth: Path | None) -> Benchmark:
    read = [read_items(path).with_columns(file=pl.lit(path.name)) for path in files]
    together = pl.concat(read)
    items = together.unique("pmid", keep="first", maintain_order=True)
    left_out = {"stands in another file, too": len(together) - len(items)}
    if ground_truth is not None:
        asked = _choose(items, ground_truth)
        left_out["not in the ground truth"] = len(items) - len(asked)
        items = asked
    return Benchmark(
        name="pubmedqa",
        decisions=DECISIONS,
        items=_itemised(items, pl.col("pmid").cast(pl.String), "PubMedQA", human="reasoning_required_pred"),
        slices=("year", "heading"),
        files=_checksums([*files, *([ground_truth] if ground_truth else [])]),
        left_out=_counted(left_out),
        published=REFERENCE_POINTS,
    )


def _choose(items: pl.DataFrame, ground_truth: Path) -> pl.DataFrame:
    truth = read_predictions(ground_truth)
    chosen = items.join(truth, on="pmid", how="inner", maintain_order="left")
    wrong = chosen.filter(pl.col("prediction") != pl.col("decision"))["pmid"]
    missing = truth.join(items, on="pmid", how="anti", maintain_order="left")["pmid"]
    for pmids, problem in ((missing, "are not among the items"), (wrong, "have another decision among the items")):
        if len(pmids):
            raise BenchmarkError(
                f"{ground_truth}: {len(pmids)} of its {len(truth)} PMIDs {problem}, the first {pmids[0]}; name the "
                "file of items that it belongs to"
            )
    return chosen


def _read_bioasq(files: Sequence[Path]) -> Benchmark:
    read = [(path, read_questions(path)) for path in files]
    together = pl.concat(outcome.rows.with_columns(file=pl.lit(path.name)) for path, outcome in read)
    yesno = together.filter(pl.col("type") == "yesno")
    answered = yesno.drop_nulls("decision")
    asked = answered.unique("id", keep="first", maintain_order=True)
    contexts = document_questions(asked).group_by("question_id").agg(contexts="document")
    items = asked.join(contexts, left_on="id", right_on="question_id", how="left", maintain_order="left").select(
        pl.exclude("body", "contexts"), question="body", contexts=pl.col("contexts").fill_null([])
    )
    left_out = {
        "of another type": len(together) - len(yesno),
        "without yes or no": len(yesno) - len(answered),
        "stands in another file, too": len(answered) - len(asked),
        "parts that can not be read": sum(len(outcome.refused) for _, outcome in read),
    }
    return Benchmark(
        name="bioasq",
        decisions=("yes", "no"),
        items=_itemised(items, pl.col("id"), "BioASQ", human=None),
        slices=("file",),
        files=_checksums(files),
        left_out=_counted(left_out),
    )


def _itemised(items: pl.DataFrame, key: pl.Expr, title: str, human: str | None) -> pl.DataFrame:
    """Return the items in the form of ``ITEM_SCHEMA``; columns that they lack are null."""
    named = items.with_columns(item=key, human=pl.col(human) if human else pl.lit(None))
    whole = named.with_columns(name=pl.format(f"{title} {{}}", "item"))
    absent = [pl.lit(None).alias(column) for column in ITEM_SCHEMA if column not in whole.columns]
    return whole.with_columns(absent).select(list(ITEM_SCHEMA)).cast(pl.Schema(ITEM_SCHEMA))


def _write_pubmedqa(path: Any, predictions: pl.DataFrame) -> None:  # noqa: ANN401 - of any file system
    official = predictions.select(pl.col("item").cast(pl.Int64).alias("pmid"), "prediction")
    write_predictions(path, official, unanswered=UNANSWERED)


def _checksums(files: Sequence[Path]) -> dict[str, str]:
    return {path.name: md5_of(path) for path in files}


def _counted(left_out: dict[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in left_out.items() if count}
