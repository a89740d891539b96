import csv
import json

import polars as pl
import pytest

from benchmarks.worth import report, take, write
from benchmarks.worth_judge import judge, judge_answers, read_articles
from benchmarks.worth_report import counts_of, summary
from benchmarks.worth_sheet import sheet_rows
from tasks.review.sheet import SheetError
from tasks.store.recipe import Recipe
from tests.made_up_root import ANSWERS, CLINICIAN, QUESTION, RESEARCHER, made_up_root, with_dataset


@pytest.fixture
def store(tmp_path):
    return made_up_root(tmp_path / "root")


def test_a_sheet_holds_what_a_grader_needs(store):
    rows = {row["id"]: row for row in sheet_rows(store, "embedded", 100)}
    assert len(rows) == 6
    assert rows["researcher-1"] == {
        "id": "researcher-1", "model": "embedded", "pmid": 1, "generator": "researcher", "kind": "yes/no",
        "question": QUESTION, "finish_reason": None, "title": "Zinc and colds", "abstract": "Zinc helped.",
        "decision": "yes", "short_answer": None, "long_answer": "It does.", "cited": None,
        "evidence_pmids": [1, 3], "evidence": "[3] Copper One two",
    }  # fmt: skip
    assert rows["clinician-1"]["long_answer"] is None
    assert rows["clinician-1"]["evidence"] == ""


def test_articles_are_drawn_with_all_their_questions_and_alike_from_every_root(store, tmp_path):
    drawn = [(row["pmid"], row["generator"]) for row in sheet_rows(store, "embedded", 4)]
    assert len({pmid for pmid, _ in drawn}) == 2
    other = [(row["pmid"], row["generator"]) for row in sheet_rows(made_up_root(tmp_path / "other"), "better", 4)]
    assert other == drawn


def test_of_several_runs_those_of_the_newest_dataset_count(store):
    other = Recipe("questions", 1, {"generator": "researcher", "prompt": "another"})
    table = store.table(RESEARCHER)
    rows = table.read(table.keys())
    store.table(other).commit(rows.with_columns(question_id=rows["question_id"] + "b"))
    with pytest.raises(SheetError, match=r"researcher asked several questions about PMID \d"):
        sheet_rows(store, "embedded", 100)
    with_dataset(store, other, CLINICIAN, ANSWERS)
    ids = {row["id"] for row in sheet_rows(store, "embedded", 100)}
    assert ids == {f"researcher-{pmid}b" for pmid in (1, 2, 3)} | {f"clinician-{pmid}" for pmid in (1, 2, 3)}


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_grades_come_back_without_abstracts(store, tmp_path, suffix):
    sheet, results = tmp_path / f"sheet.{suffix}", tmp_path / "worth.json"
    write(sheet, str(store.root), "embedded", 100)
    _fill_in(sheet, "researcher-1", one_question="yes", stands_alone="1", answerable="TRUE", worth_asking="no",
             faithful="y")  # fmt: skip
    take(sheet, results)
    assert json.loads(results.read_text())["rows"] == [{
        "model": "embedded", "pmid": 1, "generator": "researcher", "kind": "yes/no", "question": QUESTION,
        "finish_reason": None,
        "grades": {"one_question": 1, "stands_alone": 1, "answerable": 1, "worth_asking": 0, "faithful": 1},
        "decision": "yes", "short_answer": None, "long_answer": "It does.", "evidence_pmids": [1, 3], "cited": [],
    }]  # fmt: skip
    _fill_in(sheet, "researcher-1", worth_asking="yes")
    _fill_in(sheet, "clinician-2", one_question="0")
    take(sheet, results)
    rows = json.loads(results.read_text())["rows"]
    assert [(row["pmid"], row["grades"].get("worth_asking")) for row in rows] == [(1, 1), (2, None)]
    assert rows[1]["question"] == "=Question 2"


def test_what_is_no_verdict_is_named(store, tmp_path):
    sheet = tmp_path / "sheet.jsonl"
    write(sheet, str(store.root), "embedded", 1)
    line = json.loads(sheet.read_text())
    _fill_in(sheet, line["id"], answerable="perhaps")
    with pytest.raises(SheetError, match=r"sheet.jsonl line 1, column answerable: expected yes.*found 'perhaps'"):
        take(sheet, tmp_path / "worth.json")


GOOD_QUESTION = "Does zinc shorten colds in adults?"
GOOD = {"one_question": 1, "stands_alone": 1, "answerable": 1, "worth_asking": 1}
BAD = {**GOOD, "worth_asking": 0}
ROWS = [
    {"model": "embedded", "grades": GOOD, "refused_by": [], "long_answer": "A."},  # its answer was not graded
    {"model": "embedded", "grades": {**GOOD, "faithful": 1}, "refused_by": ["loop"], "long_answer": "A."},
    {"model": "embedded", "grades": {**BAD, "faithful": 1}, "refused_by": ["loop", "too long"], "long_answer": "A."},
    {"model": "embedded", "grades": BAD, "refused_by": []},
    {"model": "embedded", "grades": {"one_question": 1}, "refused_by": []},  # judged in part
    {"model": "better", "grades": {**GOOD, "faithful": 1}, "refused_by": [], "long_answer": "A.",
     "answer_refused_by": []},
    {"model": "better", "grades": {**GOOD, "faithful": 1}, "refused_by": [], "long_answer": "A.",
     "answer_refused_by": ["words"]},
    {"model": "better", "grades": {**GOOD, "faithful": 0}, "refused_by": [], "long_answer": "A.",
     "answer_refused_by": []},
    {"model": "better", "grades": {"one_question": 0}},  # never held against the gates
]  # fmt: skip


def test_shares_are_of_what_was_graded():
    assert counts_of([row for row in ROWS if row["model"] == "embedded"]) == {
        "graded": 4, "fit_before": 0.5, "passed": 2, "fit_after": 0.5,
        "items": 2, "items_fit_before": 0.5, "items_passed": 0, "items_fit_after": None,
    }  # fmt: skip
    # Of five good questions held against the gates one is refused, of two bad ones one; of two good answers one.
    assert summary(ROWS, 2500.0) == {
        "fit_embedded": 0.5, "fit_better": 1.0, "gate_recall": 0.5, "good_lost": 1 / 5, "questions_per_s": 2500.0,
        "items_fit_embedded": None, "items_fit_better": 0.5, "answer_gate_recall": 0.0, "good_answers_lost": 0.5,
    }  # fmt: skip


def test_the_report_ends_with_one_json_object(tmp_path, capsys):
    results = tmp_path / "worth.json"
    results.write_text(json.dumps({"rows": ROWS, "questions_per_s": 2500.0}))
    report(results, None)
    *above, last = capsys.readouterr().out.splitlines()
    assert json.loads(last)["fit_better"] == 1.0
    assert any("loses most of the good: loop, 20.0%" in line for line in above)
    assert any("1 of 9 graded rows were never held against the gates" in line for line in above)
    [busiest] = [line.split() for line in above if line.strip().startswith("loop ")]
    assert busiest == ["loop", "2", "1", "50.0%", "50.0%", "20.0%"]


def test_gates_are_held_against_questions_whose_article_is_at_hand(tmp_path):
    pl.DataFrame({"pmid": [1], "title": ["Zinc"], "abstract": ["Zinc helped."]}).write_parquet(tmp_path / "a.parquet")
    (tmp_path / "notes.txt").write_text("no articles")
    rows = [
        {"model": "embedded", "pmid": 1, "generator": "r", "kind": "yes/no", "question": GOOD_QUESTION},
        {"model": "better", "pmid": 1, "generator": "r", "kind": "yes/no", "question": GOOD_QUESTION},
        {
            "model": "embedded",
            "pmid": 1,
            "generator": "r",
            "kind": "yes/no",
            "question": "Zinc?",
            "refused_by": ["stale"],
        },
        {
            "model": "embedded",
            "pmid": 2,
            "generator": "r",
            "kind": "yes/no",
            "question": "Zinc?",
            "refused_by": ["kept"],
        },
    ]
    assert judge(rows, read_articles(sorted(tmp_path.iterdir()))) == 3
    assert [row["refused_by"] for row in rows[:2]] == [[], []]  # of two models, and so no near duplicates
    assert rows[2]["refused_by"] not in ([], ["stale"])
    assert rows[3]["refused_by"] == ["kept"]


def test_answers_are_held_against_their_gates_where_all_evidence_is_at_hand():
    said = {"question": GOOD_QUESTION, "kind": "yes/no", "decision": "yes", "cited": []}
    rows = [
        {**said, "long_answer": "Zinc shortened colds by two days in adults.", "evidence_pmids": [1]},
        {**said, "long_answer": "Radium cured 1,200 women of dropsy.", "evidence_pmids": [1]},
        {**said, "long_answer": "Zinc shortened colds.", "evidence_pmids": [1, 9], "answer_refused_by": ["kept"]},
        {"question": GOOD_QUESTION, "kind": "yes/no"},
    ]
    abstract = "Zinc shortened colds by two days in adults."
    assert judge_answers(rows, pl.DataFrame({"pmid": [1], "title": ["Zinc"], "abstract": [abstract]})) == 2
    assert rows[0]["answer_refused_by"] == []
    assert {"words", "numbers"} <= set(rows[1]["answer_refused_by"])
    assert rows[2]["answer_refused_by"] == ["kept"]
    assert "answer_refused_by" not in rows[3]
    assert judge_answers([], pl.DataFrame(schema={"pmid": pl.Int64, "title": pl.String, "abstract": pl.String})) == 0


def _fill_in(sheet, row_id, **said):
    if sheet.suffix == ".jsonl":
        rows = [json.loads(line) for line in sheet.read_text().splitlines()]
    else:
        with sheet.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    for row in rows:
        if row["id"] == row_id:
            row.update(said)
    with sheet.open("w", newline="", encoding="utf-8") as file:
        if sheet.suffix == ".jsonl":
            file.writelines(json.dumps(row) + "\n" for row in rows)
        else:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
