"""Training rows against what models are judged on."""

from typing import Literal

import polars as pl

from tasks.evaluation.leakage import evaluation_pmids
from tasks.evaluation.overlap import check_leakage, pmid_overlap, text_overlap
from tasks.logger import logger
from tasks.store.row_key import ROW_KEY

Leakage = Literal["refuse", "drop", "allow"]
SWITCH = "or say what is to become of them (leakage: drop, or allow)"
TEXTS = ("text", "prompt", "completion", "chosen", "rejected")


def without_leaks(rows: pl.DataFrame, evaluation: pl.DataFrame, leakage: Leakage) -> pl.DataFrame:
    """Return the rows that may be trained on.

    Args:
        rows: row_key, pmid, and whatever the model is shown: text, or lists of messages.
        evaluation: key, text of evaluation sets at hand; their PMIDs are known without.
        leakage: refuse to train on any leak, drop rows that leak, or allow them.

    Raises:
        LeakageError: rows leak, and leakage is to be refused; the message names them.
    """
    shown = rows.select(
        pl.format("PMID {} ({})", "pmid", pl.col(ROW_KEY).str.slice(0, 12)).alias("key"),
        _words(rows).alias("text"),
        pl.concat_list("pmid").alias("pmids"),
    )
    if leakage == "allow":
        return rows
    if leakage == "refuse":
        check_leakage(shown, evaluation, evaluation_pmids(), SWITCH)
        return rows
    numbered = shown.with_row_index("place").with_columns(key=pl.col("place").cast(pl.String))
    leaks = pl.concat(
        [pmid_overlap(numbered, evaluation_pmids())["record"], text_overlap(numbered, evaluation)["record"]]
    )
    places = leaks.unique().cast(pl.Int64)
    if len(places):
        logger.warning("%d of %d training rows hold what models are judged on and are left out", len(places), len(rows))
    return rows.with_row_index("place").filter(~pl.col("place").is_in(places.implode())).drop("place")


def _words(rows: pl.DataFrame) -> pl.Expr:
    parts = [
        pl.col(name)
        if rows.schema[name] == pl.String
        else pl.col(name).list.eval(pl.element().struct.field("content")).list.join("\n")
        for name in TEXTS
        if name in rows.columns
    ]
    return pl.concat_str(parts, separator="\n")
