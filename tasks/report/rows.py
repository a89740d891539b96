"""Rows through the stages, and what was left behind on the way."""

import polars as pl

from mesh.hierarchy import Hierarchy
from mesh.sampler import branch_pmids
from tasks.literature.collection import with_exclusion
from tasks.report.run_tables import RunTables
from tasks.store.store import Store

Counts = list[tuple[str, int]]
Losses = list[tuple[str, str, int]]


def count_rows(store: Store, run: RunTables, articles: pl.DataFrame, hierarchy: Hierarchy) -> Counts:
    """Return what is left after each step, from articles harvested to answers written.

    Args:
        articles: all harvested articles, with the columns of ``EXCLUSION_COLUMNS``.
    """
    usable = with_exclusion(articles).filter(pl.col("exclusion").is_null())
    preferences = store.read(run.preferences, ["is_pair"])
    return [
        ("articles harvested", len(articles)),
        ("usable: indexed, with an abstract", len(usable)),
        ("in the branch", len(branch_pmids(usable, hierarchy, run.branch))),
        ("sampled", run.samples.rows),
        ("questions asked", sum(ref.rows for ref in run.questions)),
        ("questions past the gates", run.candidates.rows),
        ("questions scored", run.scores[run.rule.measure].rows),
        ("articles with a best question", run.preferences.rows),
        ("preference pairs", int(preferences["is_pair"].sum())),
        ("questions answered", run.answers.rows),
    ]


def count_losses(run: RunTables, articles: pl.DataFrame) -> Losses:
    """Return (stage, reason, rows) for everything that was left out, the most first within each stage."""
    excluded = with_exclusion(articles)["exclusion"].drop_nulls().value_counts(sort=True)
    losses = [("collection", reason, count) for reason, count in excluded.iter_rows()]
    for result in run.results:
        counted = sorted(result.reasons.items(), key=lambda item: -item[1])
        losses += [(result.stage, reason, count) for reason, count in counted]
    return losses
