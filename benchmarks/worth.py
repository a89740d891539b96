"""How many of the questions and answers are fit to train on, before the gates and after, and what each gate is worth.

    python -m benchmarks.worth --sheet FILE --root ROOT --model embedded [--sample 100]
    python -m benchmarks.worth --take FILE
    python -m benchmarks.worth --judge [--articles FOLDER]
    python -m benchmarks.worth --report

``--sheet`` writes what a grader reads (CSV or JSON Lines): questions of a run, those that the gates refuse included,
with article, answer and evidence, and empty columns for the criteria of docs/worth.md. ``--take`` reads the grades in;
benchmarks/results/worth.json keeps them with questions and answers, and no abstract. The last line of ``--report`` is
one JSON object.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.worth_sheet import COLUMNS, sheet_rows
from tasks.review.rubric import OF_QUESTION
from tasks.review.sheet import read_grades, read_sheet, write_sheet
from tasks.root import existing_root
from tasks.store.atomic import write_text
from tasks.store.store import Store

RESULTS = Path(__file__).parent / "results" / "worth.json"
MODELS = ("embedded", "better")
KEY = ("model", "pmid", "generator")
ANSWER = ("decision", "short_answer", "long_answer")


def main() -> None:
    """Do what the options say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--sheet", type=Path, metavar="FILE", help="write a sheet to be graded, .csv or .jsonl")
    what.add_argument("--take", type=Path, metavar="FILE", help="read the grades of a sheet in")
    parser.add_argument("--root", help="with --sheet: the root of a run")
    parser.add_argument("--model", choices=MODELS, help="with --sheet: which model asked the run's questions")
    parser.add_argument("--sample", type=int, default=100, help="with --sheet: how many questions (100)")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the file of grades")
    given = parser.parse_args()
    if given.sheet:
        if not (given.root and given.model):
            parser.error("--sheet needs --root and --model")
        write(given.sheet, given.root, given.model, given.sample)
    else:
        take(given.take, given.results)


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
    stored = {_key(row): row for row in read_results(results)}
    blank = 0
    for line, row in read_sheet(sheet, [*COLUMNS[:6], *OF_QUESTION]):
        grades = read_grades(sheet, line, row)
        if not grades:
            blank += 1
            continue
        if row["model"] not in MODELS or not row["pmid"].isdecimal():
            raise SystemExit(f"{sheet} line {line}: expected model {' or '.join(MODELS)} and a PMID as numbers")
        kept: dict[str, Any] = {name: row[name] for name in ("model", "generator", "kind", "question")}
        kept |= {"pmid": int(row["pmid"]), "grades": {name: int(grade) for name, grade in grades.items()}}
        if row.get("long_answer"):
            kept |= {name: row.get(name) or None for name in ANSWER}
        stored[_key(kept)] = kept
    write_results(results, list(stored.values()))
    print(json.dumps({"graded": len(stored), "left_blank": blank}))


def read_results(path: Path) -> list[dict[str, Any]]:
    """Return the graded rows, none where there is no file yet."""
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    return rows


def write_results(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write the graded rows, in a fixed order."""
    ordered = sorted(rows, key=_key)
    write_text(path, json.dumps({"rows": ordered}, indent=1, ensure_ascii=False) + "\n")


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in KEY)


if __name__ == "__main__":
    main()
