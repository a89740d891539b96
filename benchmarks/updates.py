"""Thirty daily updates, applied day by day and all at once.

    python -m benchmarks.updates [--sizes 10000 40000 160000]

Synthetic baselines of several sizes, and thirty updates of 300 records each: new articles, revisions (some of them
twice), higher versions, deletions, and articles that come back after one. Compared are the articles that count in the
end; timed is what a day costs: finding what is held, reading the update and counting what it changed.
"""

import argparse
import json
import random
import tempfile
import time
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from tasks.literature.article import ARTICLES
from tasks.literature.baseline.listing import BaselineFile, list_files
from tasks.literature.harvest import Harvested, Route, count_changes, harvest_file, held_files
from tasks.literature.latest import Held, latest_records
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store
from tests.corpus import article
from tests.fake_mirror import write_mirror

DAYS = 30
PER_FILE = 5_000
ADDED, REVISED, RAISED, DELETED, RESTORED = 120, 120, 30, 20, 10


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 40_000, 160_000])
    table = Table("baseline", "read at once s", "a day s", "a day / all", "identical", "articles", box=None)
    result = {}
    for size in parser.parse_args().sizes:
        with tempfile.TemporaryDirectory() as folder:
            measured = measure(Path(folder), size)
        table.add_row(f"{size:,}", *(str(value) for value in measured.values()))
        result[str(size)] = measured
    Console().print(table)
    print(json.dumps({"days": DAYS, "baselines": result}))


def measure(folder: Path, size: int) -> dict[str, object]:
    """Apply the updates in both ways and compare."""
    write_mirror(folder / "mirror", *synthetic(size))
    files = list_files(str(folder / "mirror"))
    began = time.perf_counter()
    at_once = Store(str(folder / "at-once"))
    apply(at_once, files)
    whole = time.perf_counter() - began
    daily = Store(str(folder / "daily"))
    apply(daily, files[:-DAYS])
    days = []
    for day in range(DAYS, 0, -1):
        began = time.perf_counter()
        apply(daily, files[: len(files) - day + 1])
        days.append(time.perf_counter() - began)
    one, other = content(at_once, files), content(daily, files)
    day = sorted(days)[DAYS // 2]
    return {
        "at_once_s": round(whole, 2),
        "day_s": round(day, 3),
        "day_over_whole": round(day / whole, 4),
        "identical": one.equals(other),
        "articles": len(one),
    }


def apply(store: Store, files: list[BaselineFile]) -> Harvested:
    """Harvest what the store lacks of the files, as a harvest does."""
    known = set(held_files(store))
    missing = [file for file in files if file.md5 not in known]
    for file in missing:
        harvest_file(store, Path(file.location), file.md5, Route.BASELINE)
    held = [Held(tuple(file.md5 for file in files))]
    return count_changes(store, held, [file.md5 for file in missing])


def content(store: Store, files: list[BaselineFile]) -> pl.DataFrame:
    """Return the articles that count, by PMID."""
    keys = latest_records(store, [Held(tuple(file.md5 for file in files))])[ROW_KEY]
    return store.table(ARTICLES).read(keys).sort("pmid")


def synthetic(size: int) -> tuple[list[list[str]], list[list[str]]]:
    """Return the records of baseline files and of thirty updates."""
    dice = random.Random(size)
    abstract = "The patients were treated and followed for years. " * 20
    versions = dict.fromkeys(range(1, size + 1), 1)
    baseline = [
        [article(pmid, f"Title {pmid}", abstract) for pmid in range(first, min(first + PER_FILE, size + 1))]
        for first in range(1, size + 1, PER_FILE)
    ]
    updates, gone = [], []
    for day in range(DAYS):
        new = range(size + 1 + day * ADDED, size + 1 + (day + 1) * ADDED)
        revised = dice.sample(sorted(versions), REVISED)
        raised = dice.sample(sorted(versions), RAISED)
        for pmid in raised:
            versions[pmid] += 1
        back = gone[:RESTORED]
        versions |= dict.fromkeys([*new, *back], 1)
        records = [
            article(pmid, f"Title {pmid} of day {day}, {place}", abstract, version=versions[pmid])
            for place, pmid in enumerate([*new, *revised, *raised, *back])
        ]
        removed = [pmid for pmid in dice.sample(sorted(versions), DELETED) if versions[pmid] == 1]
        for pmid in removed:
            del versions[pmid]
        listed = "".join(f'<PMID Version="1">{pmid}</PMID>' for pmid in removed)
        updates.append([*records, f"<DeleteCitation>{listed}</DeleteCitation>"])
        gone = removed
    return baseline, updates


if __name__ == "__main__":
    main()
