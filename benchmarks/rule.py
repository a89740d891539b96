"""What does each part of the preference rule do? The rule as shipped over the tables of a root, and parts left out.

    python -m benchmarks.rule --root DATA [--dataset DATA/datasets/…]

Nothing is asked of a model: questions, contexts and articles stand in the root, scores are computed anew, with each
measure and weight. For the rule as shipped and with each part left out: articles with a winner; the share of winners
whose score is the highest among their article's candidates, where there are several; preference pairs; how many
winners and pairs are others than with the rule as shipped. Then, by margin: the share of the rule's verdicts (the
winner against each other candidate of its article) that agree with the MeSH score, and the evaluator's where the root
has some. The last line is one JSON object.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.run_root import RunRoot
from mesh.hierarchy import Hierarchy
from tasks.preference.evaluator_score import both_orders
from tasks.preference.prefer import prefer, wanted_preferences
from tasks.preference.rule import PreferenceRule
from tasks.preference.score import Measure, score_questions, wanted_scores
from tasks.preference.scored import scored_candidates, spread_of
from tasks.store.store import Store
from tasks.vocabulary.vocabulary import Vocabulary, find_vocabulary

SHIPPED = PreferenceRule()
LEFT_OUT: dict[str, dict[str, Any]] = {
    "no margin": {"margin": 0.0},
    "no bound within pairs": {"most_copied_more": 1.0},
    "no bound on winners": {"most_copied": 1.0},
    "no bound on copying": {"most_copied": 1.0, "most_copied_more": 1.0},
    "no refused questions": {"most_refused": 0},
    "no major weight": {"major_weight": 1.0},
    **{measure.value: {"measure": measure} for measure in Measure if measure is not SHIPPED.measure},
}
"""Parts of the rule, and the settings without them."""
MARGINS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, float("inf"))
"""Bounds of the classes of margins, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a rule comes to; ``highest`` is None where no article has several candidates."""

    winners: int
    highest: float | None
    pairs: int
    other_winners: int
    other_pairs: int
    """Pairs that one of the two rules makes and the other does not."""


@dataclass(frozen=True, slots=True)
class Class:
    """Verdicts whose margin, in standard deviations, is ``low`` at least and less than ``high``."""

    low: float
    high: float
    verdicts: int
    agree: float | None


def figures(preferences: pl.DataFrame, shipped: pl.DataFrame, scored: pl.DataFrame) -> Figures:
    """Return what preferences come to, beside those of the rule as shipped.

    Args:
        preferences, shipped: rows of ``PREFERENCE_SCHEMA``.
        scored: the candidates with the scores that decided; see ``tasks.preference.scored``.
    """
    of_article = ["pmid", "kind"]
    most, rivals = pl.col("score").max().over(of_article), pl.len().over(of_article)
    ranked = scored.drop_nulls("score").select("question_id", "score", most=most, rivals=rivals)
    compared = preferences.join(ranked, left_on="chosen_id", right_on="question_id").filter(pl.col("rivals") > 1)
    winners, usual = (dict(zip(rows.select(of_article).iter_rows(), rows["chosen_id"], strict=True))
                      for rows in (preferences, shipped))  # fmt: skip
    pairs, usual_pairs = _pairs(preferences), _pairs(shipped)
    return Figures(
        winners=len(preferences),
        highest=compared.select((pl.col("score") == pl.col("most")).mean()).item() if len(compared) else None,
        pairs=len(pairs),
        other_winners=sum(winners.get(article) != usual.get(article) for article in winners.keys() | usual.keys()),
        other_pairs=len(pairs ^ usual_pairs),
    )


def rule_verdicts(preferences: pl.DataFrame, scored: pl.DataFrame) -> pl.DataFrame:
    """Return the winner of each article against each other candidate: better_id, worse_id."""
    rivals = scored.drop_nulls("score").select("pmid", "kind", worse_id="question_id")
    winners = preferences.select("pmid", "kind", better_id="chosen_id")
    return winners.join(rivals, on=["pmid", "kind"]).filter(pl.col("better_id") != pl.col("worse_id"))


def evaluator_verdicts(verdicts: pl.DataFrame) -> pl.DataFrame:
    """Return the evaluator's word on pairs, both orders together: better_id, worse_id; undecided ones are left out."""
    decided = both_orders(verdicts).filter(pl.col("better") > 0.5)
    return decided.select(better_id="first_id", worse_id="second_id")


def agreement_by_margin(verdicts: pl.DataFrame, scored: pl.DataFrame, spread: float) -> list[Class]:
    """Return the share of verdicts whose better question has the higher score; equal scores say nothing.

    Args:
        verdicts: better_id, worse_id.
        scored: question_id, score.
        spread: standard deviation that margins are measured in.
    """
    scores = scored.drop_nulls("score").select("question_id", "score")
    both = verdicts.join(scores.rename({"question_id": "better_id", "score": "better"}), on="better_id").join(
        scores.rename({"question_id": "worse_id", "score": "worse"}), on="worse_id"
    )
    told = both.filter(pl.col("better") != pl.col("worse")).select(
        margin=(pl.col("better") - pl.col("worse")).abs() / spread, agrees=pl.col("better") > pl.col("worse")
    )
    classes = []
    for low, high in pairwise(MARGINS):
        agrees = told.filter(pl.col("margin") >= low, pl.col("margin") < high)["agrees"]
        classes.append(Class(low, high, len(agrees), int(agrees.sum()) / len(agrees) if len(agrees) else None))
    return classes


def measure_rule(root: RunRoot, hierarchy: Hierarchy, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the figures of the rule as shipped and with each part left out, and agreement by margin (JSON values)."""
    questions, candidates, contexts = root.questions(), root.candidates(), root.contexts()
    articles = root.articles(hierarchy)
    rules = {"as shipped": SHIPPED} | {name: SHIPPED.model_copy(update=change) for name, change in LEFT_OUT.items()}
    scores: dict[tuple[Measure, float], pl.DataFrame] = {}
    preferred: dict[str, tuple[pl.DataFrame, pl.DataFrame]] = {}
    for name, rule in rules.items():
        scoring = rule.scoring(rule.measure, vocabulary)
        key = (rule.measure, rule.major_weight)
        if key not in scores:
            wanted = wanted_scores(contexts, candidates, scoring, "")
            scores[key] = score_questions(wanted, scoring, hierarchy, articles).rows
        rows = prefer(wanted_preferences(questions, candidates, scores[key], rule), rule).rows
        preferred[name] = rows, scored_candidates(candidates, scores[key])
    shipped, scored = preferred["as shipped"]
    spread = spread_of(scored, SHIPPED)
    judges = {"rule": rule_verdicts(shipped, scored)}
    verdicts = root.verdicts()
    if verdicts is not None:
        judges["evaluator"] = evaluator_verdicts(verdicts)
    return {
        "candidates": len(scored),
        "spread": spread,
        "rules": {name: asdict(figures(rows, shipped, own)) for name, (rows, own) in preferred.items()},
        "agreement": {name: [asdict(each) for each in agreement_by_margin(told, scored, spread)]
                      for name, told in judges.items()},
    }  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", required=True)
    parser.add_argument("--dataset", type=Path)
    parser.add_argument("--mesh-year", type=int)
    chosen = parser.parse_args()
    vocabulary = find_vocabulary(chosen.mesh_year)
    found = measure_rule(RunRoot(Store(chosen.root), chosen.dataset), vocabulary.hierarchy(), vocabulary)
    report(found)


def report(found: dict[str, Any]) -> None:
    """Print the tables; the last line is one JSON object."""
    columns = ("winners", "with the highest score", "pairs", "other winners", "other pairs")
    table = Table("rule", *columns, title=f"standard deviation {found['spread']:g}", box=None)
    for name, each in found["rules"].items():
        counts = (f"{each[column]:,}" for column in ("pairs", "other_winners", "other_pairs"))
        table.add_row(name, f"{each['winners']:,}", _share(each["highest"]), *counts)
    Console(width=120).print(table)
    judges: dict[str, Sequence[dict[str, Any]]] = found["agreement"]
    table = Table("margin from", *(f"{name} agrees" for name in judges), box=None)
    for classes in zip(*judges.values(), strict=True):
        shares = (f"{_share(each['agree'])} of {each['verdicts']:,}" for each in classes)
        table.add_row(f"{classes[0]['low']:g}", *shares)
    Console(width=120).print(table)
    shipped = found["rules"]["as shipped"]
    others = {name: [each["other_winners"], each["other_pairs"]] for name, each in found["rules"].items()}
    print(json.dumps({**shipped, "spread": found["spread"], "others": others}))


def _pairs(preferences: pl.DataFrame) -> set[tuple[str, str]]:
    return {(pair["chosen_id"], pair["rejected_id"]) for pairs in preferences["pairs"].to_list() for pair in pairs}


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


if __name__ == "__main__":
    main()
