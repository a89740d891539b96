"""How many of the questions and answers are fit to train on, before the gates and after, and what each gate is worth.

    python -m benchmarks.worth --sheet FILE --root ROOT --model embedded [--sample 100]
    python -m benchmarks.worth --take FILE
    python -m benchmarks.worth --judge [--articles FOLDER | --root ROOT]
    python -m benchmarks.worth --report [--articles FOLDER]

``--sheet`` writes what a grader reads (CSV or JSON Lines): questions of a run, those that the gates refuse included,
with article, answer and evidence, and empty columns for the criteria of docs/worth.md. ``--take`` reads the grades in;
benchmarks/results/worth.json keeps them with questions and answers, and no abstract. ``--judge`` holds today's gates
against the graded questions and keeps their reasons beside the grades, so that ``--report`` needs no articles (with
--articles it runs the gates anew). Articles come from --articles (a folder of Parquet or PubMed XML) or --root, and are
those of the sample without either. --judge also keeps what ``python -m benchmarks.gates`` measures. The last line of
``--report`` is one JSON object.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.worth_judge import files_in, judge, judge_answers, questions_per_second, read_articles
from benchmarks.worth_report import print_report, summary
from benchmarks.worth_sheet import COLUMNS, sheet_rows
from tasks.assets.fetch import sample_files
from tasks.errors import DistilleryError
from tasks.review.rubric import OF_QUESTION
from tasks.review.run_tables import article_texts
from tasks.review.sheet import SheetError, read_grades, read_sheet, write_sheet
from tasks.root import existing_root
from tasks.store.atomic import write_text
from tasks.store.store import Store

RESULTS = Path(__file__).parent / "results" / "worth.json"
MODELS = ("embedded", "better")
KEY = ("model", "pmid", "generator")
KEPT = ("model", "generator", "kind", "question", "finish_reason")
ANSWER = ("decision", "short_answer", "long_answer")


def main() -> None:
    """Do what the options say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--sheet", type=Path, metavar="FILE", help="write a sheet to be graded, .csv or .jsonl")
    what.add_argument("--take", type=Path, metavar="FILE", help="read the grades of a sheet in")
    what.add_argument("--judge", action="store_true", help="hold today's gates against the graded questions")
    what.add_argument("--report", action="store_true", help="print what the grades say")
    parser.add_argument("--root", help="with --sheet and --judge: the root of a run")
    parser.add_argument("--articles", type=Path, metavar="FOLDER", help="with --judge and --report: articles")
    parser.add_argument("--model", choices=MODELS, help="with --sheet: which model asked the run's questions")
    parser.add_argument("--sample", type=int, default=100, help="with --sheet: how many questions (100)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the file of grades")
    given = parser.parse_args()
    if given.sheet and not (given.root and given.model):
        parser.error("--sheet needs --root and --model")
    try:
        if given.sheet:
            write(given.sheet, given.root, given.model, given.sample)
        elif given.take:
            take(given.take, given.results)
        elif given.judge:
            hold_gates_against(given.results, given.articles, given.root)
        else:
            report(given.results, given.articles)
    except DistilleryError as error:
        raise SystemExit(str(error)) from error


def write(sheet: Path, root: str, model: str, sample: int) -> None:
    """Write the sheet of a run."""
    rows = sheet_rows(Store(existing_root(root)), model, sample)
    if not rows:
        raise SystemExit(f"no questions lie below {root}; distil there first")
    write_sheet(sheet, COLUMNS, rows)
    answered = sum(row["long_answer"] is not None for row in rows)
    print(json.dumps({"rows": len(rows), "answered": answered, "sheet": str(sheet)}))


def take(sheet: Path, results: Path) -> None:
    """Add the graded rows of a sheet to the results, in place of earlier grades of the same questions."""
    stored = read_results(results)
    rows = {_key(row): row for row in stored["rows"]}
    blank = 0
    for line, cells in read_sheet(sheet, [*COLUMNS[:6], *OF_QUESTION]):
        grades = read_grades(sheet, line, cells)
        if not grades:
            blank += 1
            continue
        if cells["model"] not in MODELS or not cells["pmid"].isdecimal():
            raise SheetError(f"{sheet} line {line}: expected model {' or '.join(MODELS)} and a PMID in digits")
        kept = _graded(cells, grades)
        rows[_key(kept)] = kept
    write_results(results, {**stored, "rows": list(rows.values())})
    print(json.dumps({"graded": len(rows), "left_blank": blank}))


def hold_gates_against(results: Path, folder: Path | None, root: str | None) -> None:
    """Keep beside each grade why today's gates refuse the question, and how fast they are."""
    stored = read_results(results)
    if folder is None and root is not None:
        named = {pmid for row in stored["rows"] for pmid in (row["pmid"], *row.get("evidence_pmids", ()))}
        articles = article_texts(Store(existing_root(root)), named)
    else:
        articles = read_articles(sample_files() if folder is None else files_in(folder))
    held, answers_held = judge(stored["rows"], articles), judge_answers(stored["rows"], articles)
    speed = questions_per_second()
    write_results(results, {**stored, **({} if speed is None else {"questions_per_s": speed})})
    print(json.dumps({"graded": len(stored["rows"]), "held_against_gates": held, "answers_held": answers_held}))


def report(results: Path, folder: Path | None) -> None:
    """Print what the grades say, the summary as JSON in the last line."""
    stored = read_results(results)
    if folder is not None:
        articles = read_articles(files_in(folder))
        judge(stored["rows"], articles)
        judge_answers(stored["rows"], articles)
    if not stored["rows"]:
        raise SystemExit(f"{results} holds no grades yet: write a sheet (--sheet), fill it in and read it (--take)")
    print_report(stored["rows"])
    print(json.dumps(summary(stored["rows"], stored.get("questions_per_s"))))


def read_results(path: Path) -> dict[str, Any]:
    """Return the results: rows, none where there is no file yet, and questions_per_s where it was measured."""
    results: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"rows": []}
    return results


def write_results(path: Path, results: dict[str, Any]) -> None:
    """Write the results, rows in a fixed order."""
    ordered = {**results, "rows": sorted(results["rows"], key=_key)}
    write_text(path, json.dumps(ordered, indent=1, ensure_ascii=False) + "\n")


def _graded(cells: dict[str, str], grades: dict[str, bool]) -> dict[str, Any]:
    """Return what is kept of a row: no title, abstract or evidence."""
    kept: dict[str, Any] = {name: cells.get(name) or None for name in KEPT}
    kept |= {"pmid": int(cells["pmid"]), "grades": {name: int(grade) for name, grade in grades.items()}}
    if cells.get("long_answer"):
        kept |= {name: cells.get(name) or None for name in ANSWER}
        kept |= {name: _pmids(cells.get(name, "")) for name in ("evidence_pmids", "cited")}
    return kept


def _pmids(cell: str) -> list[int]:
    return [int(pmid) for pmid in cell.split(";") if pmid.strip().isdecimal()]


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in KEY)


if __name__ == "__main__":
    main()
