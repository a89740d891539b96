import logging

import polars as pl
import pytest

from tasks.preference.rule import PreferenceRule
from tasks.preference.scored import scored_candidates, spread_of, standard_deviation, warn_of_scores

RULE = PreferenceRule()


def scored(*scores: tuple[int, float | None], kinds: tuple[str, ...] = ()) -> pl.DataFrame:
    """Candidates of the articles named, with these scores."""
    schema = {"question_id": pl.String, "pmid": pl.Int64, "kind": pl.String, "score": pl.Float64}
    rows = [
        (f"q{place}", pmid, kinds[place] if kinds else "yes/no", score) for place, (pmid, score) in enumerate(scores)
    ]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return scored_candidates(frame.drop("score").with_columns(question="question_id", copied=0.0), frame)


def test_the_spread_is_the_standard_deviation_to_two_digits():
    # The mean is 0.35; squared deviations 0.0625, 0.0225, 0.0025 and 0.1225; the root of their mean 0.2291.
    assert spread_of(scored((1, 0.1), (1, 0.2), (2, 0.4), (2, 0.7)), RULE) == 0.23
    assert standard_deviation(pl.Series([0.0, 0.1466])) == 0.073


def test_only_questions_with_a_rival_of_their_kind_count():
    two = ((1, 0.1), (1, 0.5))
    assert spread_of(scored(*two), RULE) == spread_of(scored(*two, (2, 0.9), (3, 0.0)), RULE) == 0.2
    assert spread_of(scored(*two, (2, 0.9), (2, 0.0), kinds=("list", "list", "list", "yes/no")), RULE) == 0.2
    # One of two without a number has no rival left.
    assert spread_of(scored(*two, (2, 0.9), (2, float("nan"))), RULE) == 0.2


@pytest.mark.parametrize("scores", [[], [(1, 0.5)], [(1, 0.5), (1, 0.5)], [(1, 0.1 + 0.2), (1, 0.3)], [(1, None)]])
def test_where_scores_do_not_differ_they_stay_as_they_are(scores):
    assert spread_of(scored(*scores), RULE) == 1.0


def test_a_spread_that_is_known_is_taken():
    assert spread_of(scored((1, 0.1), (1, 0.5)), PreferenceRule(spread=0.073)) == 0.073


def test_few_scores_and_scores_that_are_no_numbers_are_told(caplog):
    caplog.set_level(logging.WARNING)
    few = scored((1, 0.1), (1, 0.5), (2, float("nan")))
    warn_of_scores(few, RULE, "preferences")
    assert "preferences: 1 of 3 scores are no numbers; their questions do not compete" in caplog.text
    assert "standard deviations of 2 scores, which say little" in caplog.text
    caplog.clear()
    warn_of_scores(scored((1, 0.1), (1, 0.5)), PreferenceRule(spread=0.1), "preferences")
    warn_of_scores(scored(*[(place // 2, place / 40) for place in range(40)]), RULE, "preferences")
    assert not caplog.text
