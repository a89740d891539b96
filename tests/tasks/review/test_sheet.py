import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.review.sheet import LONGEST_CELL, TO_FILL_IN, SheetError, read_grades, read_sheet, write_sheet

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "'=1", "'quoted'"]


def cells_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@pytest.mark.parametrize("text", [*FORMULAS, "", 'a, "b"\nc; d', "naïve β 🙂", "a\u2028b"])
def test_a_text_comes_back_as_it_was(tmp_path, suffix, text):
    path = tmp_path / f"sheet.{suffix}"
    write_sheet(path, ["id", "question"], [{"id": "q1", "question": text}, {"id": "q2", "question": None}])
    [(_, first), (_, second)] = read_sheet(path, ["id", "question"])
    assert first["question"] == text
    assert (second["id"], second["question"]) == ("q2", "")
    assert list(first) == ["id", "question", *TO_FILL_IN]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_spreadsheet_is_a_formula(tmp_path, text):
    write_sheet(tmp_path / "sheet.csv", ["id", "question"], [{"id": text, "question": text}])
    assert [cell[0] for cell in cells_of(tmp_path / "sheet.csv")[1][:2]] == ["'", "'"]


def test_a_cell_is_no_longer_than_spreadsheets_take(tmp_path):
    write_sheet(tmp_path / "sheet.csv", ["id"], [{"id": "=" + "a" * 200_000}])
    assert len(cells_of(tmp_path / "sheet.csv")[1][0]) == LONGEST_CELL
    write_sheet(tmp_path / "sheet.jsonl", ["id"], [{"id": "a" * 200_000}])
    assert len(next(read_sheet(tmp_path / "sheet.jsonl", ["id"]))[1]["id"]) == 200_000


@given(st.sampled_from(["yes", "Yes", " YES ", "y", "1", "1.0", "true", "TRUE"]))
def test_yes_in_every_way_of_saying_it(said):
    assert read_grades("sheet.csv", 2, {"faithful": said}) == {"faithful": True}


@given(st.sampled_from(["no", "No", "n", "0", "0.0", "false", "FALSE "]))
def test_no_in_every_way_of_saying_it(said):
    assert read_grades("sheet.csv", 2, {"faithful": said, "answerable": "", "worth_asking": "  "}) == {
        "faithful": False
    }


@pytest.mark.parametrize("said", ["maybe", "2", "ja", "yes?", "-"])
def test_what_is_no_verdict_is_named_with_line_and_column(said):
    with pytest.raises(SheetError, match=r"s\.csv line 7, column faithful: expected yes, no,.* found '"):
        read_grades("s.csv", 7, {"faithful": said})


def test_json_of_a_tool_may_hold_booleans_and_numbers(tmp_path):
    (tmp_path / "a.jsonl").write_text(
        '{"id": "q", "faithful": true, "answerable": 0, "one_question": 1.0, "comment": null}\n'
    )
    [(line, row)] = read_sheet(tmp_path / "a.jsonl", ["id"])
    assert read_grades("a.jsonl", line, row) == {"faithful": True, "answerable": False, "one_question": True}


def test_lines_are_those_of_the_file(tmp_path):
    (tmp_path / "a.csv").write_text('id,question\nq1,"one\ntwo"\n\nq2,"three"\n')
    assert [(line, row["id"]) for line, row in read_sheet(tmp_path / "a.csv", ["id"])] == [(2, "q1"), (5, "q2")]
    (tmp_path / "a.jsonl").write_text('{"id": "q1"}\n\n{"id": "q2"}\n')
    assert [line for line, _ in read_sheet(tmp_path / "a.jsonl", ["id"])] == [1, 3]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_spreadsheets_separate_cells_as_their_country_does(tmp_path, separator):
    (tmp_path / "a.csv").write_text(f'id{separator}question\nq1{separator}"a{separator} b, c"\n')
    [(_, row)] = read_sheet(tmp_path / "a.csv", ["id"])
    assert row == {"id": "q1", "question": f"a{separator} b, c"}


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", "", "a.csv is empty"),
        ("a.csv", "question\nx\n", "line 2: the column id is missing"),
        ("a.csv", "id\nq1,more\n", "line 2: 2 cells, expected 1"),
        ("a.csv", 'id\n"q1" more\n', "line 2: no CSV"),
        ("a.csv", 'id\n"q1\n', "no CSV"),
        ("a.jsonl", "no JSON\n", "line 1: expected one JSON object per line"),
        ("a.jsonl", '{"id": "\\ud83d"}\n', "line 1: it holds half a character"),
        ("a.jsonl", "[1]\n", "line 1: expected a JSON object, found list"),
        ("a.jsonl", '{"id": 1}\n' + "[" * 100_000 + "\n", "line 2: expected one JSON object per line"),
        ("a.xlsx", "", "expected a name that ends with .csv or .jsonl"),
    ],
)
def test_other_files_are_refused_in_a_sentence(tmp_path, name, content, expected):
    (tmp_path / name).write_text(content)
    with pytest.raises(SheetError, match=expected):
        list(read_sheet(tmp_path / name, ["id"]))


def test_a_sheet_of_another_format_is_not_written(tmp_path):
    with pytest.raises(SheetError, match=r"\.csv or \.jsonl"):
        write_sheet(tmp_path / "sheet.xlsx", ["id"], [])
    assert list(tmp_path.iterdir()) == []


def test_lists_are_cells_with_semicolons(tmp_path):
    write_sheet(tmp_path / "a.jsonl", ["cited"], [{"cited": [1, 2]}])
    assert json.loads((tmp_path / "a.jsonl").read_text())["cited"] == "1; 2"
