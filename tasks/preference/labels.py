"""Labels: the rule's verdicts, in the words in which an evaluator is asked, for it to learn from."""

import polars as pl

from tasks.preference.evaluator import CHOICES, Evaluator
from tasks.preference.pairs import Candidate, is_preferred
from tasks.preference.rule import PreferenceRule
from tasks.preference.scored import scored_candidates, spread_of
from tasks.preference.verdicts import SHOWN, ordered_pairs
from tasks.store.outcome import Outcome
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key

MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
LABEL_SCHEMA = {
    ROW_KEY: pl.String, "pmid": pl.Int64, "first_id": pl.String,
    "prompt": MESSAGES, "completion": MESSAGES, "margin": pl.Float64,
}  # fmt: skip


def labelling(evaluator: Evaluator) -> Recipe:
    """Return the labels recipe: what is shown, whichever model is to learn it."""
    return Recipe("labels", 3, evaluator.shown)


def wanted_labels(
    candidates: pl.DataFrame,
    contexts: pl.DataFrame,
    articles: pl.DataFrame,
    scores: pl.DataFrame,
    rule: PreferenceRule,
    evaluator: Evaluator,
) -> pl.DataFrame:
    """Return the ordered pairs of which the rule prefers one, keyed by what is shown, by the verdict and the margin.

    What makes a pair here makes one among preferences, too; only how many an article has is not bounded.

    Args:
        candidates: question_id, pmid, kind, question, copied.
        contexts, articles: see ``ordered_pairs``.
        scores: question_id, score by the rule.

    Returns:
        Those of ``ordered_pairs`` with row_key, first_preferred and margin (in standard deviations of the scores).
    """
    scored = scored_candidates(candidates, scores)
    spread = spread_of(scored, rule)
    pairs = ordered_pairs(candidates, contexts, articles, evaluator)
    known = {row[0]: Candidate(*row) for row in
             scored.drop_nulls("score").select("question_id", "question", "score", "copied").iter_rows()}  # fmt: skip
    verdicts = [_verdict(known.get(first), known.get(second), rule, spread) for first, second in
                pairs.select("first_id", "second_id").iter_rows()]  # fmt: skip
    schema = {"first_preferred": pl.Boolean, "margin": pl.Float64}
    told = pl.concat([pairs, pl.DataFrame(verdicts, schema=schema, orient="row")], how="horizontal")
    keyed = ["first_id", "second_id", *SHOWN, *schema]
    return with_row_key(told.drop_nulls("margin"), labelling(evaluator), keyed)


def _verdict(
    first: Candidate | None, second: Candidate | None, rule: PreferenceRule, spread: float
) -> tuple[bool | None, float | None]:
    """Return whether the rule prefers the first, and the margin; nothing where it prefers neither."""
    if first is None or second is None:
        return None, None
    for better, worse in ((first, second), (second, first)):
        if is_preferred(better, worse, rule, spread):
            return better is first, (better.score - worse.score) / spread
    return None, None


def label_pairs(pairs: pl.DataFrame, evaluator: Evaluator) -> Outcome:
    """Return what the evaluator is to be asked about each pair and what it should say.

    Every pair stands in both orders, so that the place of the better question teaches nothing.

    Returns:
        Rows of ``LABEL_SCHEMA``; prompt and completion are lists of messages.
    """
    prompts = [
        evaluator.messages(article, (first, second), found)
        for article, first, second, *found in pairs.select(SHOWN).iter_rows()
    ]
    answers = [CHOICES[0] if preferred else CHOICES[1] for preferred in pairs["first_preferred"].to_list()]
    completions = [[{"role": "assistant", "content": answer}] for answer in answers]
    return Outcome(
        pairs.select(
            ROW_KEY,
            "pmid",
            "first_id",
            pl.Series("prompt", prompts, dtype=MESSAGES),
            pl.Series("completion", completions, dtype=MESSAGES),
            "margin",
        )
    )
