"""Preferences: each article's best question, and pairs of its questions that lie far enough apart to learn from."""

from typing import Any

import polars as pl

from tasks.preference.pairs import Candidate, Pair, best_pairs, lost_by_refusal
from tasks.preference.rule import PreferenceRule
from tasks.preference.scored import scored_candidates, spread_of
from tasks.store.outcome import REFUSED_SCHEMA, Outcome
from tasks.store.row_key import ROW_KEY, with_row_key

PAIR_SCHEMA: dict[str, Any] = {
    "chosen_id": pl.String, "chosen": pl.String, "chosen_score": pl.Float64,
    "rejected_id": pl.String, "rejected": pl.String, "rejected_score": pl.Float64, "margin": pl.Float64,
}  # fmt: skip
PREFERENCE_SCHEMA = {
    ROW_KEY: pl.String, "pmid": pl.Int64, "kind": pl.String, **PAIR_SCHEMA, "pairs": pl.List(pl.Struct(PAIR_SCHEMA)),
}  # fmt: skip
OF_AN_ARTICLE = ["pmid", "kind"]
NO_NUMBER = "no score of its questions is a number"


def wanted_preferences(
    questions: pl.DataFrame, candidates: pl.DataFrame, scores: pl.DataFrame, rule: PreferenceRule
) -> pl.DataFrame:
    """Return one row per article and kind with scored questions, keyed by its questions, their scores and the spread.

    Equal scores are taken in the order of the questions' ids. The spread takes part where there is a margin: the row
    of an article with one question, and none refused, does not depend on the other articles.

    Args:
        questions: question_id, pmid, kind, question of all that were asked; what is no candidate was refused by the
            gates.
        candidates: question_id, pmid, kind, question, copied.
        scores: question_id, score.

    Returns:
        row_key, pmid, kind, ids, questions, scores, copied (lists, best first), refused_ids and refused (lists, by
        id), spread.
    """
    scored = scored_candidates(candidates, scores)
    ranked = scored.sort([*OF_AN_ARTICLE, "score", "question_id"], descending=[False, False, True, False])
    ranks = pl.col("score").is_not_null()
    grouped = ranked.group_by(OF_AN_ARTICLE, maintain_order=True).agg(
        ids=pl.col("question_id").filter(ranks),
        questions=pl.col("question").filter(ranks),
        scores=pl.col("score").filter(ranks),
        copied=pl.col("copied").filter(ranks),
    )
    refused = questions.join(candidates, on="question_id", how="anti").sort(*OF_AN_ARTICLE, "question_id")
    lost = refused.group_by(OF_AN_ARTICLE, maintain_order=True).agg(refused_ids="question_id", refused="question")
    empty = pl.lit([], dtype=pl.List(pl.String))
    alone = (pl.col("ids").list.len() < 2) & (pl.col("refused_ids").list.len() == 0)
    joined = (
        grouped.join(lost, on=OF_AN_ARTICLE, how="left", maintain_order="left")
        .with_columns(pl.col("refused_ids", "refused").fill_null(empty))
        .with_columns(spread=pl.when(~alone).then(pl.lit(spread_of(scored, rule))))
    )
    return with_row_key(joined, rule.recipe, joined.columns)


def prefer(articles: pl.DataFrame, rule: PreferenceRule) -> Outcome:
    """Return each article's best question, the worst one and the pairs that its questions make.

    The best question is that with the highest score among those that copy no more than ``most_copied``; an article
    without any is refused. See ``tasks.preference.pairs`` for what makes a pair. A question that the gates refuse
    always loses. An article with one candidate has a best question all the same.

    Args:
        articles: as ``wanted_preferences`` returns them.

    Returns:
        Rows of ``PREFERENCE_SCHEMA``. Scores are in the measure's units, margins in standard deviations. Rejected and
        margin are those of the worst question; null where none ranks below the best.
    """
    rows, refused = [], []
    for row in articles.iter_rows(named=True):
        columns = (row[name] for name in ("ids", "questions", "scores", "copied"))
        candidates = [Candidate(*values) for values in zip(*columns, strict=True)]
        if any(candidate.copied <= rule.most_copied for candidate in candidates):
            rows.append(_prefer(row, candidates, rule))
        else:
            reason = NO_NUMBER if not candidates else f"every question copies more than {rule.most_copied:.0%}"
            refused.append((row[ROW_KEY], f"PMID {row['pmid']}", reason))
    return Outcome(
        pl.DataFrame(rows, schema=PREFERENCE_SCHEMA), pl.DataFrame(refused, schema=REFUSED_SCHEMA, orient="row")
    )


def _prefer(row: dict[str, Any], candidates: list[Candidate], rule: PreferenceRule) -> dict[str, Any]:
    spread = row["spread"]
    place = next(place for place, candidate in enumerate(candidates) if candidate.copied <= rule.most_copied)
    best, below = candidates[place], candidates[place + 1 :]
    refused = list(zip(row["refused_ids"], row["refused"], strict=True))
    pairs = [] if spread is None else best_pairs(candidates, rule, spread) + lost_by_refusal(candidates, refused, rule)
    return {
        ROW_KEY: row[ROW_KEY],
        "pmid": row["pmid"],
        "kind": row["kind"],
        **(_columns((best, below[-1]), spread) if below else _alone(best)),
        "pairs": [_columns(pair, spread) for pair in pairs],
    }


def _columns(pair: Pair, spread: float) -> dict[str, Any]:
    chosen, rejected = pair
    return {
        **_alone(chosen),
        "rejected_id": rejected.question_id,
        "rejected": rejected.question,
        "rejected_score": rejected.score,
        "margin": (chosen.score - rejected.score) / spread,
    }


def _alone(best: Candidate) -> dict[str, Any]:
    return {"chosen_id": best.question_id, "chosen": best.question, "chosen_score": best.score}
