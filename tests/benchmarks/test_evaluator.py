import polars as pl

from benchmarks.evaluator import verdicts_of
from tasks.preference.agreement import agreement

CANDIDATES = pl.DataFrame({"question_id": ["a", "b", "c", "d"], "pmid": [1, 1, 1, 2], "kind": ["yes/no"] * 4})


def test_a_judge_without_a_model_is_undecided_between_equals():
    told = verdicts_of({"a": 3.0, "b": 1.0, "c": 3.0, "d": 9.0}, CANDIDATES)
    assert told.rows() == [
        (1, "a", "b", 1.0), (1, "a", "c", 0.5), (1, "b", "a", 0.0), (1, "b", "c", 0.0), (1, "c", "a", 0.5),
        (1, "c", "b", 1.0),
    ]  # fmt: skip


def test_questions_of_other_kinds_are_not_judged():
    mixed = CANDIDATES.with_columns(kind=pl.Series(["yes/no", "list", "yes/no", "list"]))
    told = verdicts_of(dict.fromkeys("abcd", 1.0), mixed)
    assert told.select("first_id", "second_id").rows() == [("a", "c"), ("c", "a")]


def test_such_a_judge_is_compared_as_an_evaluator_is():
    scores = pl.DataFrame({"question_id": ["a", "b", "c"], "score": [0.9, 0.5, 0.1]})
    found = agreement(verdicts_of({"a": 2.0, "b": 1.0, "c": 3.0}, CANDIDATES[:3]), scores, 0.3)
    assert (found.pairs, found.both, found.steady) == (3, 1 / 3, 1.0)
