"""The real command against a local PubMed: 25,000 hits, the rate, and kill -9 at ten random moments.

    python -m benchmarks.harvest [--hits 25000] [--kills 10]

The server speaks ESearch and EFetch in NCBI's shapes, serves 9,999 hits of a search at most and logs when requests
come. A harvest with an API key (10 requests a second allowed) and one without (3) have their rate measured at the
server. A third is killed with all its children at random moments, then finished, and compared with the first.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.commands import COMMAND
from tasks.literature.article import ARTICLES
from tasks.literature.harvest import Route, held_files
from tasks.literature.latest import Held, latest_records
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store
from tests.fake_entrez import FakeEntrez, entries

SLOW_HITS = 2_000
PROVENANCE = [ROW_KEY, "file", "record"]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hits", type=int, default=25_000)
    parser.add_argument("--kills", type=int, default=10)
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="harvest-"))
    with FakeEntrez(entries(chosen.hits, date(2000, 1, 1))) as pubmed:
        summary, seconds = harvest(pubmed, folder / "whole", key="a key")
        served = Counter(pmid for asked in fetches(pubmed) for pmid in served_pmids(asked))
        whole = {"rate": pubmed.rate(), "searches": len(pubmed.requests) - len(fetches(pubmed))}
    with FakeEntrez(entries(SLOW_HITS)) as slow:
        harvest(slow, folder / "slow", key=None)
    with FakeEntrez(entries(chosen.hits, date(2000, 1, 1))) as restless:
        moments = kill(restless, folder / "killed", chosen.kills)
        again, _ = harvest(restless, folder / "killed", key="a key")
    result = {
        "hits": chosen.hits,
        "rows": summary["rows"],
        "asked_for_once": served_once(served, chosen.hits),
        "searches": whole["searches"],
        "seconds": round(seconds, 1),
        "most_in_a_second_with_key": whole["rate"],
        "most_in_a_second_without": slow.rate(),
        "kills": len(moments),
        "rows_after_the_last_kill": again["rows"],
        "identical": content(folder / "whole").equals(content(folder / "killed")),
        "articles": len(content(folder / "killed")),
    }
    table = Table("what", "value", box=None)
    for name, value in result.items():
        table.add_row(name.replace("_", " "), str(value))
    table.add_row("killed after seconds of fetching", ", ".join(f"{moment:.1f}" for moment in moments))
    Console().print(table)
    shutil.rmtree(folder)
    print(json.dumps(result))


def harvest(pubmed: FakeEntrez, root: Path, key: str | None) -> tuple[dict[str, Any], float]:
    """Run the command to its end; return its summary and wall seconds."""
    began = time.monotonic()
    done = subprocess.run(command(root), env=environment(pubmed, key), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout), time.monotonic() - began


def kill(pubmed: FakeEntrez, root: Path, times: int) -> list[float]:
    """Start the command and kill everything of it, again and again; return when, in seconds after its first page."""
    dice = random.Random(1)
    moments = []
    for _ in range(times):
        before = len(fetches(pubmed))
        run = subprocess.Popen(command(root), env=environment(pubmed, "a key"), stdout=subprocess.DEVNULL)
        while len(fetches(pubmed)) == before and run.poll() is None:
            time.sleep(0.01)
        moments.append(dice.uniform(0, 1.5))
        time.sleep(moments[-1])
        for process in [*psutil.Process(run.pid).children(recursive=True), psutil.Process(run.pid)]:
            os.kill(process.pid, signal.SIGKILL)
        run.wait()
    return moments


def command(root: Path) -> list[str]:
    """Return the command that harvests a branch."""
    return [*COMMAND, "harvest", "--source", "pubmed", "--branch", "C04.588", "--root", str(root), "--json"]


def environment(pubmed: FakeEntrez, key: str | None) -> dict[str, str]:
    """Return the environment in which NCBI is the local server."""
    kept = {name: value for name, value in os.environ.items() if name != "NCBI_API_KEY"}
    named = {"DISTILLERY_EUTILS_URL": pubmed.url, "NCBI_EMAIL": "benchmark@example.org"}
    return {**kept, **named, **({"NCBI_API_KEY": key} if key else {})}


def fetches(pubmed: FakeEntrez) -> list[dict[str, str]]:
    """Return what EFetch was asked for."""
    return [asked for _, utility, asked in list(pubmed.requests) if utility == "efetch"]


def served_pmids(asked: dict[str, str]) -> list[str]:
    """Return what stands for the records of a request: its PMIDs, or their places in a history."""
    if "id" in asked:
        return asked["id"].split(",")
    start = int(asked["retstart"])
    return [f"{asked['WebEnv']}:{place}" for place in range(start, start + int(asked["retmax"]))]


def served_once(served: Counter[str], hits: int) -> bool:
    """Return whether as many records were asked for as there are hits, none of them twice."""
    return len(served) == hits and set(served.values()) == {1}


def content(root: Path) -> pl.DataFrame:
    """Return the articles that count, without what says how they came."""
    store = Store(str(root))
    keys = latest_records(store, [Held(tuple(held_files(store, Route.EUTILS)))])[ROW_KEY]
    return store.table(ARTICLES).read(keys).drop(PROVENANCE).sort("pmid")


if __name__ == "__main__":
    main()
