"""Sheets to be filled in: rows with empty columns for verdicts, as CSV for spreadsheets or JSON Lines for tools."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tasks.errors import DistilleryError
from tasks.review.rubric import Criterion
from tasks.store.atomic import write_text
from tasks.text_files import HALF_A_CHARACTER, holds_half_a_character, read_text

COMMENT, ANNOTATOR = "comment", "annotator"
CONTROL = "verdict_"
"""What a tool's controls are named with before the criterion: in Label Studio's exports the imported column, which is
empty, takes the place of what a control of the same name holds."""
TO_FILL_IN = (*(criterion.value for criterion in Criterion), COMMENT)

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", "'")
"""How a cell begins that a spreadsheet would run, and the apostrophe that keeps it from that."""
LONGEST_CELL = 32_000
"""In characters; spreadsheets hold 32,767."""
SEPARATORS = (",", ";", "\t")
YES, NO = ("yes", "y", "1", "1.0", "true"), ("no", "n", "0", "0.0", "false")

Row = dict[str, str]
"""The cells of a row by column, all of them text."""


class SheetError(DistilleryError):
    """A sheet can not be written or read; the message names the file, and the line and column where there is one."""


def write_sheet(path: Path, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Write rows with empty columns for the verdicts and a comment behind them, whole or not at all.

    Args:
        path: its suffix says the format: ``.csv`` (UTF-8 with a byte-order mark, every cell that a spreadsheet would
            take for a formula behind an apostrophe, cells cut to ``LONGEST_CELL``) or ``.jsonl``.
        columns: those to write, in this order; a null is an empty cell.

    Raises:
        SheetError: the suffix is another.
        UnwritableError: the file can not be written.
    """
    _format(path)
    names = [*columns, *TO_FILL_IN]
    cells = [{**dict.fromkeys(TO_FILL_IN, ""), **{name: as_cell(row[name]) for name in columns}} for row in rows]
    if _format(path) == ".jsonl":
        lines = [json.dumps({name: row[name] for name in names}, ensure_ascii=False) for row in cells]
        write_text(path, "".join(f"{line}\n" for line in lines))
        return
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    writer.writerows([_guarded(row[name]) for name in names] for row in cells)
    write_text(path, "\ufeff" + text.getvalue())


def read_sheet(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Yield each row of a sheet with its line in the file (the first line of a row over several).

    Args:
        needed: columns without which it is another file.

    Raises:
        SheetError: it can not be read, is of another format, or lacks a column.
    """
    text = read_text(path, SheetError, "a sheet of verdicts")
    rows = _read_csv(path, text) if _format(path) == ".csv" else _read_lines(path, text)
    for line, row in rows:
        lacking = [name for name in needed if name not in row]
        if lacking:
            raise SheetError(f"{path} line {line}: the column {lacking[0]} is missing; expected {', '.join(needed)}")
        yield line, row


def read_grades(path: Path, line: int, row: Row) -> dict[str, bool]:
    """Return the verdicts of a row by criterion, without those left blank.

    A verdict stands in the column of the criterion or, where that is blank, in the one that a tool's control is named.

    Raises:
        SheetError: a cell is neither yes, no nor blank.
    """
    grades = {}
    for criterion in Criterion:
        names = (criterion.value, f"{CONTROL}{criterion}")
        name = next((name for name in names if row.get(name, "").strip()), names[0])
        said = row.get(name, "").strip().casefold()
        if said in YES or said in NO:
            grades[criterion.value] = said in YES
        elif said:
            raise SheetError(
                f"{path} line {line}, column {name}: expected yes, no, 1, 0, true, false or nothing, found "
                f"{row[name]!r}"
            )
    return grades


def as_cell(value: Any) -> str:  # noqa: ANN401 - whatever a column holds
    """Return a value as text: a null as nothing, a list with semicolons between."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "; ".join(as_cell(item) for item in value)
    return str(value)


def _format(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".jsonl"):
        raise SheetError(f"{path} is no sheet: expected a name that ends with .csv or .jsonl")
    return suffix


def _guarded(cell: str) -> str:
    whole = f"'{cell}" if cell.startswith(FORMULA) else cell
    return whole if len(whole) <= LONGEST_CELL else f"{whole[: LONGEST_CELL - 1]}…"


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _read_csv(path: Path, text: str) -> Iterator[tuple[int, Row]]:
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)  # spreadsheets save with that of the country
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    names = _next(path, reader)
    if names is None:
        raise SheetError(f"{path} is empty; expected a sheet of verdicts")
    line = reader.line_num + 1
    while (cells := _next(path, reader)) is not None:
        if any(cells):
            if len(cells) > len(names):
                raise SheetError(f"{path} line {line}: {len(cells)} cells, expected {len(names)} as in the first line")
            padded = [*cells, *[""] * (len(names) - len(cells))]
            yield line, dict(zip(names, map(_bare, padded), strict=True))
        line = reader.line_num + 1


def _next(path: Path, reader: Any) -> list[str] | None:  # noqa: ANN401 - csv's reader has no public type
    try:
        cells: list[str] | None = next(reader, None)
    except csv.Error as error:
        raise SheetError(f"{path} line {reader.line_num}: no CSV ({error}); save it as CSV with commas") from error
    return cells


def _read_lines(path: Path, text: str) -> Iterator[tuple[int, Row]]:
    for line, each in enumerate(text.split("\n"), 1):
        if each.strip():
            yield line, _cells(path, line, each)


def _cells(path: Path, line: int, text: str) -> Row:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SheetError(f"{path} line {line}: expected one JSON object per line, found no JSON ({error})") from error
    if holds_half_a_character(value):
        raise SheetError(f"{path} line {line}: {HALF_A_CHARACTER}; mend it")
    if not isinstance(value, dict):
        raise SheetError(f"{path} line {line}: expected a JSON object, found {type(value).__name__}")
    return {name: as_cell(each) for name, each in value.items()}
