"""Files that were once read wrongly, refused or crashed: what is right of each, and what comes of it now.

    python -m benchmarks.files FOLDER…

Files are known by name. What a command is to do, the command does; PubMed and the language model are local servers.
Of any other file the table says what is in it. Exits with 1 where something is wrong.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.commands import COMMAND
from mesh.read_table import TableError, read_table
from tasks.literature.collection import with_exclusion
from tasks.literature.pubmed_xml.read import read_records
from tasks.literature.source_text import SourceError
from tasks.literature.whole_collection import whole_collection
from tasks.store.store import Store
from tests.fake_entrez import Entry, FakeEntrez
from tests.fake_llm import FakeLlm

NOTES = "README.md"
LISTED = (38_000_001, 38_000_002, 38_000_003)


@dataclass(frozen=True, slots=True)
class Case:
    """What is right of a file, and what looks at it: given the file and an empty folder."""

    expected: tuple[Any, ...]
    look: Callable[[Path, Path], tuple[Any, ...]]


def main() -> None:
    """Look at every file in the folders and print the table."""
    table = Table("file", "expected", "got", "right?", box=None)
    wrong: list[str] = []
    paths = sorted(path for folder in sys.argv[1:] for path in Path(folder).iterdir() if path.name != NOTES)
    if not paths:
        sys.exit(__doc__)
    for path in paths:
        case = CASES.get(path.name)
        if case is None:
            table.add_row(path.name, "", _counted(path), "")
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                got = case.look(path, Path(folder))
            except Exception as error:  # noqa: BLE001 - whatever goes wrong with a file is what it came to
                got = (f"{type(error).__name__}: {error}",)
        if got != case.expected:
            wrong.append(path.name)
        table.add_row(path.name, _plain(case.expected), _plain(got), "no" if got != case.expected else "yes")
    Console(width=200).print(table)
    known = sum(path.name in CASES for path in paths)
    print(json.dumps({"files": known, "right": known - len(wrong), "wrong": wrong, "others": len(paths) - known}))
    sys.exit(1 if wrong else 0)


def _old_names(path: Path, root: Path) -> tuple[Any, ...]:
    retracted = _harvest(path, root)["retracted"]
    with FakeLlm() as llm:  # two articles alone make no dataset; the sample is drawn before that shows
        branch = ["--branch", "D001943", "--generator-url", llm.url]
        _run("distill", "--source", str(path), "--root", str(root), *branch)
    samples = [pl.read_parquet(part, glob=False) for part in (root / "samples").glob("*/parts/*.parquet")]
    drawn = [row for part in samples for row in part.select("pmid", "stratum").rows()]
    excluded = {row["pmid"]: row["exclusion"] for row in _records(path)}
    return f"{retracted} retracted", drawn, [pmid for pmid, why in excluded.items() if "retract" in str(why)]


def _automatic_heading(path: Path, root: Path) -> tuple[Any, ...]:
    _harvest(path, root)
    shown = _run("mesh", "show", "D001943", "--articles", "--root", str(root))
    told = "Traceback" if "Traceback" in shown.stderr else f"mesh show ends with {shown.returncode}"
    [row] = _records(path)
    return told, [(heading["name"], heading["automatic"]) for heading in row["headings"]]


def _medline(path: Path, root: Path) -> tuple[Any, ...]:
    read = _harvest(path, root)["rows"]
    [row] = pl.concat(whole_collection(Store(str(root)), ["pmid", "headings"])).to_dicts()
    first = row["headings"][0]
    return read, row["pmid"], first["name"], first["major"], [each["name"] for each in first["qualifiers"]]


def _pmids(path: Path, root: Path) -> tuple[Any, ...]:
    day = date(2023, 11, 1)
    with FakeEntrez({pmid: Entry(pmid, day, day, f"Title {pmid}") for pmid in LISTED}) as pubmed:
        ncbi = {"DISTILLERY_EUTILS_URL": pubmed.url, "NCBI_EMAIL": "benchmark@example.org"}
        _harvest(f"pmids:{path}", root, **ncbi)
    return tuple(sorted(pl.concat(whole_collection(Store(str(root)), ["pmid"]))["pmid"]))


def _other_abstract(path: Path, _root: Path) -> tuple[Any, ...]:
    [row] = _records(path)
    return row["abstract"], [each["type"] for each in row["other_abstracts"]], row["exclusion"]


def _sections(path: Path, _root: Path) -> tuple[Any, ...]:
    [row] = _records(path)
    return [section["label"] for section in row["sections"]], row["abstract"]


def _parameters(path: Path, _root: Path) -> tuple[Any, ...]:
    [row] = _records(path)
    return tuple((each["name"], each["value"]) for each in row["objects"][0]["parameters"])


def _dates(path: Path, _root: Path) -> tuple[Any, ...]:
    return tuple((row["pmid"], row["date"]) for row in _records(path))


def _authors(path: Path, _root: Path) -> tuple[Any, ...]:
    [row] = _records(path)
    return tuple(each["collective_name"] for each in row["authors"])


def _numbers(path: Path, _root: Path) -> tuple[Any, ...]:
    """Return the PMIDs; a sentence about the encoding would be as right."""
    try:
        return tuple(row["pmid"] for row in _records(path))
    except SourceError as error:
        return (314,) if "encoding" in str(error) else (str(error),)


def _supplementary(path: Path, _root: Path) -> tuple[Any, ...]:
    try:
        rows = read_table(path).descriptors
    except TableError as error:
        told = "supplementary" in str(error).lower()
        return ("terms, or a sentence that says what it is",) if told else (str(error),)
    mapped = rows["name"].to_list() == ["invented disease"]
    return ("terms, or a sentence that says what it is",) if mapped else (rows["name"].to_list(),)


CASES = {
    "old_names_no_ui.xml": Case(("2 retracted", [(101, "D001943")], [102, 103]), _old_names),
    "auto_hm.xml": Case(("mesh show ends with 0", [("Breast Neoplasms", True), ("Humans", False)]), _automatic_heading),
    "efetch_season.xml": Case(((304, "1978-07"), (305, "1978-07")), _dates),
    "single_article.xml": Case((306,), _numbers),
    "whole_book_authors.xml": Case(("Invented Collaborating Centre",), _authors),
    "object_params.xml": Case((("value", "x"), ("id", "7")), _parameters),
    "other_abstract_only.xml": Case(
        ("", ["PIP"], "no abstract of its own, only another agency's or language's (other_abstracts)"), _other_abstract
    ),
    "bold_structured.xml": Case(
        ([None, "OBJECTIVE", "RESULTS"], "Patient: one Diagnosis: none\nRESULTS: p<0.05 and x2"), _sections
    ),
    "utf16_without_mark.xml": Case((314,), _numbers),
    "supp2024_sample.xml": Case(("terms, or a sentence that says what it is",), _supplementary),
    "medline.nbib": Case((1, 310, "Breast Neoplasms", True, ["therapy"]), _medline),
    "pmids.txt": Case(LISTED, _pmids),
}


def _records(path: Path) -> list[dict[str, Any]]:
    """Return the articles with why each of them may not be used."""
    frames = [with_exclusion(records.frame) for records in read_records(path)]
    return [row for frame in frames for row in frame.iter_rows(named=True)]


def _harvest(source: Path | str, root: Path, **settings: str) -> dict[str, Any]:
    done = _run("harvest", "--source", str(source), "--root", str(root), "--json", **settings)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().rpartition("\n")[2])
    return dict(json.loads(done.stdout))


def _run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *words], env={**os.environ, **settings}, capture_output=True, text=True)


def _counted(path: Path) -> str:
    counts: Counter[str] = Counter()
    try:
        for records in read_records(path):
            counts.update(records.frame["kind"].to_list())
            counts["refused"] += len(records.refused)
    except SourceError as error:
        return str(error)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def _plain(parts: tuple[Any, ...]) -> str:
    return "; ".join(map(str, parts))


if __name__ == "__main__":
    main()
