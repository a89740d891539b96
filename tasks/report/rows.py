"""Rows through the stages, and what was left behind on the way."""

import polars as pl

from mesh.hierarchy import Hierarchy
from mesh.placement import Placement
from tasks.literature.collection import EXCLUSION_COLUMNS, read_usable, with_exclusion
from tasks.literature.headings import with_uis
from tasks.report.run_tables import RunTables
from tasks.store.store import Store

Counts = list[tuple[str, int]]
Losses = list[tuple[str, str, int]]


def count_rows(store: Store, run: RunTables) -> Counts:
    """Return what is left after each step, from articles harvested to answers past the gates."""
    hierarchy = run.vocabulary.hierarchy()
    usable = with_uis(read_usable(store, run.articles), hierarchy)
    in_branch = Placement(hierarchy, run.branch, run.seed).place(usable.select("pmid", "headings"))
    preferences = store.read(run.preferences, ["pairs"])
    return [
        ("articles harvested", run.articles.rows),
        ("usable: indexed, with an abstract", len(usable)),
        ("in the branch", len(in_branch)),
        ("sampled", run.samples.rows),
        ("questions asked", sum(ref.rows for ref in run.questions)),
        ("questions past the gates", run.candidates.rows),
        ("questions scored", run.deciding.rows),
        ("articles with a best question", run.preferences.rows),
        ("preference pairs", int(preferences["pairs"].list.len().sum())),
        ("questions answered", run.answers.rows),
        ("answers past the gates", run.passed_answers.rows),
    ]


def count_unknown(headings: pl.Series, hierarchy: Hierarchy) -> int:
    """Return how many headings (structs with ui, in lists) the hierarchy does not know, as of another year of MeSH."""
    uis = headings.explode().drop_nulls().struct.field("ui")
    return int((~uis.is_in(hierarchy.descriptors["ui"].implode()).fill_null(False)).sum())


def count_losses(store: Store, run: RunTables) -> Losses:
    """Return (stage, reason, rows) for everything that was left out, the most first within each stage."""
    articles = store.read(run.articles, EXCLUSION_COLUMNS)
    excluded = with_exclusion(articles)["exclusion"].drop_nulls().value_counts(sort=True)
    losses = [("collection", reason, count) for reason, count in excluded.iter_rows()]
    hierarchy = run.vocabulary.hierarchy()
    unknown = count_unknown(with_uis(articles, hierarchy)["headings"], hierarchy)
    if unknown:
        losses.append(("collection", f"headings that {hierarchy} does not know, left out of scores", unknown))
    for result in run.results:
        counted = sorted(result.reasons.items(), key=lambda item: -item[1])
        losses += [(result.stage, reason, count) for reason, count in counted]
    return losses
