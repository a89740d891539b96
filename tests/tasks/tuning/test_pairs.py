import polars as pl
import pytest

from tasks.tuning.checked import DUPLICATE, counted
from tasks.tuning.pairs import (
    CONTRADICTED,
    IDENTICAL,
    NEARLY_IDENTICAL,
    NO_COMPLETION,
    from_preferences,
    preference_rows,
)
from tests.tasks.tuning.words import WordTokens, assistant, user

PMID = 40_000_000


def pairs(*rows: tuple[str, str, str, float], first_pmid: int = PMID) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "row_key": f"k{place}",
                "pmid": first_pmid + place,
                "prompt": user(prompt),
                "chosen": assistant(chosen),
                "rejected": assistant(rejected),
                "margin": margin,
            }
            for place, (prompt, chosen, rejected, margin) in enumerate(rows)
        ]
    )


@pytest.mark.parametrize(
    ("chosen", "rejected", "reason"),
    [
        ("Does aspirin help?", "Is ferritin high?", None),
        ("Does aspirin help?", "Does aspirin help?", IDENTICAL),
        ("Does  aspirin help?", "Does aspirin help?", IDENTICAL),
        ("Does aspirin help?", "Does heparin help?", NEARLY_IDENTICAL),
        ("Does aspirin help?", "Does aspirin really help?", NEARLY_IDENTICAL),
        ("Does low aspirin help?", "Does aspirin help?", NEARLY_IDENTICAL),
        ("Does aspirin help?", "Does heparin harm?", None),
        ("", "Does aspirin help?", NO_COMPLETION),
        ("Does aspirin help?", " ", NO_COMPLETION),
    ],
)
def test_completions_must_differ_by_more_than_a_token(chosen, rejected, reason):
    outcome = preference_rows(pairs(("An abstract", chosen, rejected, 0.3)), WordTokens(), 50)
    assert outcome.refused["reason"].to_list() == ([] if reason is None else [reason])
    assert len(outcome.rows) == (reason is None)


def test_lengths_are_in_tokens_of_prompt_and_longer_completion():
    # Prompt: turn, 3 words, end, turn = 6. Completions: 3 words, end = 4, and 5 words, end = 6.
    pair = pairs(("one two three", "a b c", "d e f g h", 0.3))
    kept = preference_rows(pair, WordTokens(), 12).rows
    assert kept.select("prompt_tokens", "chosen_tokens", "rejected_tokens").row(0) == (6, 4, 6)
    refused = preference_rows(pair, WordTokens(), 11).refused
    assert refused.row(0) == ("k0", f"PMID {PMID}", "longer than 11 tokens")


def test_a_prompt_that_fills_the_length_is_refused_not_cut_off():
    outcome = preference_rows(pairs(("w " * 100, "a b c", "d e f", 0.3)), WordTokens(), 20)
    assert outcome.rows.is_empty()
    assert counted(outcome.refused) == {"longer than 20 tokens": 1}


def test_scores_must_lie_apart():
    rows = pairs(("p", "a b c", "d e f", 0.02), ("q", "a b c", "d e f", 0.019))
    outcome = preference_rows(rows, WordTokens(), 50, least_margin=0.02)
    assert outcome.rows["row_key"].to_list() == ["k0"]
    assert counted(outcome.refused) == {"margin below 0.02": 1}


def test_repetitions_and_contradictions():
    rows = pairs(
        ("p", "a b c", "d e f", 0.3),
        ("p", "a b c", "d e f", 0.5),
        ("q", "a b c", "d e f", 0.3),
        ("q", "d e f", "a b c", 0.3),
        ("r", "d e f", "a b c", 0.3),
    )
    outcome = preference_rows(rows, WordTokens(), 50)
    assert sorted(outcome.rows["row_key"]) == ["k0", "k4"]
    assert counted(outcome.refused) == {CONTRADICTED: 2, DUPLICATE: 1}


def test_rows_come_in_the_order_of_their_content():
    rows = pairs(*((f"p{place}", "a b c", "d e f", 0.3) for place in range(20)))
    forwards = preference_rows(rows, WordTokens(), 50).rows
    backwards = preference_rows(rows.reverse(), WordTokens(), 50).rows
    assert forwards.equals(backwards)
    assert forwards["content"].is_sorted()


def test_no_pairs_are_no_rows():
    empty = preference_rows(pairs(("p", "a b c", "d e f", 0.3)).clear(), WordTokens(), 50)
    assert len(empty.rows) == len(empty.refused) == 0


def test_dataset_records_are_pairs():
    record = pairs(("p", "a b c", "d e f", 0.3)).drop("pmid").with_columns(pmids=pl.lit([7, 8]))
    assert from_preferences(record)["pmid"].to_list() == [7]
    assert len(preference_rows(from_preferences(record), WordTokens(), 50).rows) == 1
