import polars as pl
import pytest

from tasks.evaluation.leakage import evaluation_pmids
from tasks.tuning.leaks import without_leaks

SECRET = "the trial of thirteen words that nobody may ever train a model on today"
EVALUATION = pl.DataFrame({"key": ["E1"], "text": [f"It was {SECRET}, said the item."]})
MESSAGE = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))


def rows(*shown: tuple[int, str]) -> pl.DataFrame:
    messages = [[{"role": "user", "content": text}] for _, text in shown]
    columns = {"row_key": [f"key-{place}" for place in range(len(shown))], "pmid": [pmid for pmid, _ in shown]}
    answers = [[{"role": "assistant", "content": "Yes."}]] * len(shown)
    return pl.DataFrame(
        {**columns, "prompt": messages, "completion": answers},
        schema_overrides={"prompt": MESSAGE, "completion": MESSAGE},
    )


LEAKING = rows((1, "Something else."), (2, f"Once more: {SECRET.upper()}."), (min(evaluation_pmids()), "Short."))


def test_a_leak_stops_the_training_and_is_named():
    with pytest.raises(Exception, match=r"2 of 3 training records .*PMID 2 \(key-1\).*leakage: drop, or allow") as told:
        without_leaks(LEAKING, EVALUATION, "refuse")
    assert str(min(evaluation_pmids())) in str(told.value)


def test_leaks_are_left_out_or_allowed_on_demand(caplog):
    assert without_leaks(LEAKING, EVALUATION, "drop")["pmid"].to_list() == [1]
    assert "2 of 3 training rows" in caplog.text
    assert without_leaks(LEAKING, EVALUATION, "allow").equals(LEAKING)


def test_what_does_not_leak_stays_as_it_is():
    clean = rows((1, "Something else."), (2, "the trial of thirteen words"))
    for leakage in ("refuse", "drop", "allow"):
        assert without_leaks(clean, EVALUATION, leakage).equals(clean)


def test_passages_are_looked_through_as_well():
    passages = pl.DataFrame({"row_key": ["a", "b"], "pmid": [1, 2], "text": ["Fine.", SECRET]})
    assert without_leaks(passages, EVALUATION, "drop")["row_key"].to_list() == ["a"]
