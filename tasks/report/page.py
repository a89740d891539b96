"""The report: one HTML file that needs nothing beside it."""

import polars as pl

from tasks.literature.collection import read_usable
from tasks.literature.headings import with_uis
from tasks.preference.agreement import agreement
from tasks.preference.scored import scored_candidates, spread_of
from tasks.preference.verdicts import VERDICT_SCHEMA, count_unweighed
from tasks.report.examples import pick_examples
from tasks.report.figures import draw_coverage, draw_funnel, draw_margins, draw_scores
from tasks.report.rows import count_losses, count_rows
from tasks.report.run_tables import RunTables
from tasks.report.template import embed, render, safe
from tasks.store.reference import LlmUsage
from tasks.store.store import Store


def render_report(store: Store, run: RunTables) -> str:
    """Return the page (HTML)."""
    hierarchy = run.vocabulary.hierarchy()
    usable = with_uis(read_usable(store, run.articles), hierarchy)
    sampled = set(store.read(run.samples, ["pmid"])["pmid"].to_list())
    rows = count_rows(store, run)
    verdicts = (
        pl.DataFrame(schema=VERDICT_SCHEMA) if run.verdicts is None else store.read(run.verdicts, empty=VERDICT_SCHEMA)
    )
    rule_scores = store.read(run.scores[run.rule.measure])
    spread = spread_of(scored_candidates(store.read(run.candidates), rule_scores), run.rule)
    margins = store.read(run.preferences, ["margin"])["margin"].drop_nulls().to_list()
    return render(
        "page.html",
        run=run,
        cards=_cards(run, dict(rows)),
        priced=run.limits.cost(LlmUsage()) is not None,
        funnel=safe(draw_funnel(rows)),
        losses=count_losses(store, run),
        coverage=embed(draw_coverage(usable, sampled, hierarchy, run.branch, run.seed)),
        scores=embed(draw_scores(_scored(store, run))),
        agreement=agreement(verdicts, rule_scores, run.rule.margin * spread),
        verdicts=len(verdicts),
        unweighed=count_unweighed(verdicts),
        margins=embed(draw_margins(margins, run.rule.margin)),
        examples=pick_examples(store, run, dict(usable.select("pmid", "title").iter_rows())),
    )


def _scored(store: Store, run: RunTables) -> pl.DataFrame:
    generators = store.read(run.candidates, ["question_id", "generator"]).select("question_id", "generator")
    scores = pl.concat([store.read(ref) for ref in run.scores.values()])
    return scores.join(generators, on="question_id").select("measure", "generator", "score")


def _cards(run: RunTables, rows: dict[str, int]) -> list[tuple[str, str]]:
    usage = sum((result.usage for result in run.results), LlmUsage())
    seconds = sum(result.seconds for result in run.results)
    cost = run.limits.cost(usage)
    return [
        (f"{run.samples.rows:,}", "articles sampled"),
        (f"{rows['questions asked']:,}", "questions asked"),
        (f"{rows['preference pairs']:,}", "preference pairs"),
        (f"{run.answers.rows:,}", "questions answered"),
        (f"{run.passed_answers.rows:,}", "answers past the gates"),
        (f"{usage.requests:,}", "requests to language models"),
        (f"{usage.tokens:,}", "tokens of prompts and answers"),
        *([] if cost is None else [(f"{cost:,.2f}", "their cost")]),
        (f"{seconds:,.0f} s", "of work in this run"),
    ]
