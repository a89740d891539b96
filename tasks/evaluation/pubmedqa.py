"""PubMedQA's expert-labelled items (PQA-L), and the official format of predictions.

Source: Jin et al. (2019), https://aclanthology.org/D19-1259; files and evaluation script: https://github.com/pubmedqa/pubmedqa
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from upath import UPath

from tasks.decisions import DECISIONS, Decision
from tasks.errors import DistilleryError
from tasks.evaluation.read_json import read_object, shown
from tasks.text_files import HALF_A_CHARACTER, holds_half_a_character

PMID = re.compile(r"[1-9][0-9]{0,8}")
ITEM_SCHEMA: dict[str, Any] = {
    "pmid": pl.Int64,
    "question": pl.String,
    "contexts": pl.List(pl.String),
    "labels": pl.List(pl.String),
    "meshes": pl.List(pl.String),
    "year": pl.Int32,
    "decision": pl.String,
    "long_answer": pl.String,
    "reasoning_required_pred": pl.String,
    "reasoning_free_pred": pl.String,
}
PREDICTION_SCHEMA: dict[str, Any] = {"pmid": pl.Int64, "prediction": pl.String}


class PubMedQaError(DistilleryError):
    """A file is none of PubMedQA's; the message names file and item, and says what was expected."""


@dataclass(frozen=True, slots=True)
class ReferencePoint:
    """A published accuracy (0 to 1) on PubMedQA, reasoning-required."""

    name: str
    accuracy: float
    source: str


REFERENCE_POINTS = (
    ReferencePoint("majority", 0.552, "Jin et al. 2019, https://aclanthology.org/D19-1259"),
    ReferencePoint("human", 0.780, "Jin et al. 2019, https://aclanthology.org/D19-1259"),
    ReferencePoint("GPT-4 + MedPrompt", 0.820, "Nori et al. 2023, arXiv 2311.16452"),
    ReferencePoint("Med-PaLM 2", 0.818, "Singhal et al. 2023, arXiv 2305.09617"),
    ReferencePoint("Meditron-70B", 0.816, "Chen et al. 2023, arXiv 2311.16079"),
    ReferencePoint("BioMistral-7B", 0.775, "Labrak et al. 2024, arXiv 2402.10373"),
    ReferencePoint("Llama-3-8B", 0.730, "Qiu et al. 2024, https://doi.org/10.1038/s41467-024-52417-z, table 3"),
)
"""On the official test set of 500 items, not on the 500 others; models were tuned and prompted in different ways."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of an item: PubMedQA's name and ours, what it may hold and how to say so."""

    name: str
    column: str
    accepts: Callable[[Any], bool]
    expected: str
    required: bool = True


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _is_year(value: object) -> bool:
    return isinstance(value, str | int) and str(value).isascii() and str(value).isdigit() and len(str(value)) == 4


def _is_decision(value: object) -> bool:
    return value in DECISIONS


_LABEL = "yes, no or maybe"
_FIELDS = (
    _Field("QUESTION", "question", _is_text, "a text"),
    _Field("CONTEXTS", "contexts", _is_texts, "a list of texts"),
    _Field("LABELS", "labels", _is_texts, "a list of section labels"),
    _Field("MESHES", "meshes", _is_texts, "a list of headings"),
    _Field("YEAR", "year", _is_year, "a year of four digits", required=False),
    _Field("final_decision", "decision", _is_decision, _LABEL),
    _Field("LONG_ANSWER", "long_answer", _is_text, "a text"),
    _Field("reasoning_required_pred", "reasoning_required_pred", _is_decision, _LABEL, required=False),
    _Field("reasoning_free_pred", "reasoning_free_pred", _is_decision, _LABEL, required=False),
)


def read_items(path: Path) -> pl.DataFrame:
    """Read items from ``ori_pqal.json`` or a file of its format, such as the test set that the official script makes.

    The two human predictions are of annotators: ``reasoning_required_pred`` was made from question and contexts,
    ``reasoning_free_pred`` with the long answer at hand. A year that is missing is null.

    Returns:
        Columns as in ``ITEM_SCHEMA``, one row per item, in the file's order. ``labels`` names the section of each
        context; ``meshes`` are headings by name.

    Raises:
        PubMedQaError: the file can not be read as such.
    """
    content = read_object(path, PubMedQaError)
    if not content:
        raise PubMedQaError(f"{path} holds no item; expected PMIDs with their items")
    rows = [_read_item(path, pmid, item) for pmid, item in content.items()]
    return pl.DataFrame(rows, schema=ITEM_SCHEMA)


def read_predictions(path: Path) -> pl.DataFrame:
    """Read predictions, or ``test_ground_truth.json``, which has the same format: {"PMID": "yes", …}.

    Returns:
        pmid, prediction; in the file's order.

    Raises:
        PubMedQaError: the file can not be read as such.
    """
    rows = []
    for pmid, prediction in read_object(path, PubMedQaError).items():
        if not _is_decision(prediction):
            raise PubMedQaError(f"{path}: item {pmid}: expected {_LABEL}, found {shown(prediction)}")
        rows.append((_read_pmid(path, pmid), prediction))
    return pl.DataFrame(rows, schema=PREDICTION_SCHEMA, orient="row")


def write_predictions(path: Path | UPath, predictions: pl.DataFrame, unanswered: Decision | None = None) -> None:
    """Write predictions (pmid, prediction) in the official format, which knows no missing one.

    Args:
        unanswered: what to write where a prediction is null.

    Raises:
        PubMedQaError: a prediction is no decision, or null without ``unanswered``, or a PMID stands there twice.
    """
    filled = predictions.select("pmid", pl.col("prediction").fill_null(unanswered) if unanswered else "prediction")
    wrong = filled.filter(~pl.col("prediction").is_in(DECISIONS).fill_null(value=False))
    if len(wrong):
        raise PubMedQaError(
            f"{path}: {len(wrong)} predictions are none of {_LABEL}, the first that of PMID {wrong['pmid'][0]} "
            f"({shown(wrong['prediction'][0])}); predict them, or say what to write for them"
        )
    if filled["pmid"].n_unique() < len(filled):
        raise PubMedQaError(f"{path}: a PMID has two predictions; expected one each")
    content = {str(pmid): prediction for pmid, prediction in filled.iter_rows()}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def evaluation_texts(items: pl.DataFrame) -> pl.DataFrame:
    """Return the texts of items to look for in training data: key, text; three rows per item.

    Keys read ``PubMedQA 12377809 question``, likewise ``contexts`` and ``long answer``.
    """
    parts = {
        "question": pl.col("question"),
        "contexts": pl.col("contexts").list.join("\n"),
        "long answer": pl.col("long_answer"),
    }
    return pl.concat(
        items.select(key=pl.format(f"PubMedQA {{}} {name}", "pmid"), text=text) for name, text in parts.items()
    )


def _read_item(path: Path, pmid: str, item: object) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise PubMedQaError(
            f"{path}: item {pmid}: expected an object with QUESTION and other fields, found {shown(item)}"
        )
    row: dict[str, Any] = {"pmid": _read_pmid(path, pmid)}
    if holds_half_a_character(item):
        raise PubMedQaError(f"{path}: item {pmid}: {HALF_A_CHARACTER}")
    for field in _FIELDS:
        value = item.get(field.name)
        if not field.accepts(value) and (field.required or value is not None):
            raise PubMedQaError(f"{path}: item {pmid}: {field.name}: expected {field.expected}, found {shown(value)}")
        row[field.column] = value
    if len(row["contexts"]) != len(row["labels"]):
        raise PubMedQaError(
            f"{path}: item {pmid}: expected a label for each context, found {len(row['labels'])} LABELS for "
            f"{len(row['contexts'])} CONTEXTS"
        )
    row["year"] = None if row["year"] is None else int(row["year"])
    return row


def _read_pmid(path: Path, pmid: str) -> int:
    if not PMID.fullmatch(pmid):
        raise PubMedQaError(f"{path}: item {pmid!r}: expected a PMID")
    return int(pmid)
