import json

import polars as pl
import pytest

from tasks.review.items import items_of_sft
from tasks.review.judge import judge_gates
from tasks.review.rubric import OF_QUESTION
from tasks.review.sheet import SheetError
from tasks.review.verdicts import (
    COLUMNS,
    keep_verdicts,
    kept_verdicts,
    read_verdicts,
    sheet_of_items,
    sheet_of_refused,
)
from tasks.store.store import Store
from tests.tasks.review.made_up_dataset import ABSTRACT, preferences, sft

FIT = dict.fromkeys(OF_QUESTION, "yes")
KNOWN = pl.DataFrame({
    "question_id": ["q1", "q2", "q3"], "pmid": [1, 2, 3], "generator": "r", "kind": "yes/no", "finish_reason": "stop",
    "question": ["Does zinc shorten the common cold in adults?", "Zinc?", "Is iron a metal that helps?"],
})  # fmt: skip
TEXTS = pl.DataFrame({"pmid": [1, 2], "title": ["Zinc", "Zinc"], "abstract": ["Zinc helped.", "Zinc helped."]})


def sheet(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_what_a_sheet_shows():
    [first, second] = sheet_of_items(items_of_sft(sft(cited=[[20, 30], None]), preferences()))
    assert tuple(first) == COLUMNS
    assert first["answer"] == "yes: It does.\nUsed: 20, 30"
    assert (second["id"], second["pmid"], second["answer"], second["evidence"]) == (
        "q2",
        10,
        "no: It does not.",
        ABSTRACT,
    )
    [refused] = sheet_of_refused(KNOWN.filter(question_id="q2"), TEXTS)
    assert refused == {"id": "q2", "pmid": 2, "question": "Zinc?", "answer": None, "evidence": "Zinc\nZinc helped."}


def test_verdicts_are_kept_and_the_latest_of_a_reviewer_counts(tmp_path):
    store = Store(str(tmp_path / "root"))
    assert kept_verdicts(store).is_empty()
    path = sheet(
        tmp_path / "a.jsonl", {"id": "q1", **FIT, "comment": "good"}, {"id": "q2", "one_question": "no"}, {"id": "q3"}
    )
    verdicts, blank = read_verdicts(path, KNOWN, "ada", "2026-11-28T10:00:00+00:00")
    assert (len(verdicts), blank) == (2, 1)
    keep_verdicts(store, verdicts)
    keep_verdicts(store, verdicts)  # the same sheet once more
    path = sheet(tmp_path / "b.jsonl", {"id": "q1", **FIT, "answerable": 0})
    keep_verdicts(store, read_verdicts(path, KNOWN, "ada", "2026-11-28T11:00:00+00:00")[0])
    keep_verdicts(store, read_verdicts(path, KNOWN, "bob", "2026-11-28T09:00:00+00:00")[0])
    kept = (
        kept_verdicts(store).select("question_id", "reviewer", "answerable", "comment").sort("question_id", "reviewer")
    )
    assert kept.rows() == [("q1", "ada", False, None), ("q1", "bob", False, None), ("q2", "ada", None, None)]


def test_what_an_annotation_tool_exports(tmp_path):
    rows = [
        {"id": "q1", "annotator": "ada@example.org", "answerable": "", "verdict_answerable": "yes"},
        {"id": "q1", "annotator": "bob@example.org", "answerable": "", "verdict_answerable": "no"},
    ]
    verdicts, _ = read_verdicts(sheet(tmp_path / "a.jsonl", *rows), KNOWN, "nobody", "2026-11-28T10:00:00+00:00")
    assert verdicts.select("reviewer", "answerable").rows() == [("ada@example.org", True), ("bob@example.org", False)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{"id": "q9"}], r"line 1, column id: 'q9' is no question of this dataset"),
        (
            [{"id": "q1", "faithful": "yes"}, {"id": "q1", "faithful": "no"}],
            r"line 2, column id: q1 stands in line 1, too",
        ),
        ([{"id": "q1"}, {"id": "q2", "answerable": " "}], r"holds no verdict: fill in .*verdict_one_question"),
        ([{"id": "q1", "verdict_answerable": "so-so"}], r"line 1, column verdict_answerable: expected yes"),
        ([{"id": "q1"}, {"id": "q2", "worth_asking": "so-so"}], r"line 2, column worth_asking: expected yes"),
    ],
)
def test_a_sheet_that_is_wrong_is_refused_whole(tmp_path, rows, expected):
    with pytest.raises(SheetError, match=expected):
        read_verdicts(sheet(tmp_path / "a.jsonl", *rows), KNOWN, "ada", "2026-11-28T10:00:00+00:00")


def test_gates_against_verdicts(tmp_path):
    rows = [{"id": "q1", **FIT}, {"id": "q2", "one_question": "no"}, {"id": "q3", **FIT}]
    ada, _ = read_verdicts(sheet(tmp_path / "a.jsonl", *rows), KNOWN, "ada", "2026-11-28T10:00:00+00:00")
    judged = judge_gates(ada, TEXTS)
    assert [(each.fit, bool(each.refused_by)) for each in judged.questions] == [(True, False), (False, True)]
    assert (judged.without_article, judged.in_part) == (1, 0)
    bob, _ = read_verdicts(
        sheet(tmp_path / "b.jsonl", {"id": "q1", "answerable": "no"}, {"id": "q3", "answerable": "yes"}),
        KNOWN, "bob", "2026-11-28T10:00:00+00:00",
    )  # fmt: skip
    both = judge_gates(pl.concat([ada, bob]), TEXTS)
    assert [each.fit for each in both.questions] == [False, False]
    assert (both.without_article, both.in_part) == (1, 0)
    alone = judge_gates(bob.filter(question_id="q3"), TEXTS)
    assert (list(alone.questions), alone.without_article, alone.in_part) == ([], 0, 1)
