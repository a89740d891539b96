"""What a language model's server can do wrong, and what it costs: rows, refusals, losses, doubles, requests.

    python -m benchmarks.faults --folder FOLDER [--odd-server FILE --persona NAME ...] [--requests 200]

Each fault gets --requests requests, half of the questions stage and half of the answers stage, over made-up articles:

- rates: 12 of a hundred conversations are answered wrongly the first time (benchmarks.canned_server --faults);
- away: the same, and the server is killed (SIGKILL) twice while it is asked, and is away for --away seconds each time;
- --odd-server FILE: a server that misbehaves in other ways, started as "python FILE PORT LOG"; the first part of a path
  names how, and LOG gets a JSON object with "post" and a path for each request. Its personas are those that FILE
  compares its path with, or those named.

A hang is waited for as long as DISTILLERY_REPLY_SECONDS says: 300 unless set, and 10 here; an outage 45 s in place of
ten minutes for a persona that never lets anything pass, first waits 0.2 s in place of 1. A run that stops is run again
on a server without faults: what was answered must not be asked again, and nothing may be missing. "As without faults"
counts the rows that are what a server without faults gives, letter for letter: decoding is greedy, so all should be,
unless a persona says something else on purpose.

Each fault is kept in --folder as it comes; the same command goes on from there. The last line is one JSON object.
"""

import argparse
import importlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.fault_trial import KEY, Canned, Trial
from benchmarks.kept import Kept
from benchmarks.made_up import made_up_articles
from deployments.prefect_server import prefect_server
from tasks.serving.processes import free_port

QUICKER = {
    "DISTILLERY_REPLY_SECONDS": "10",
    "DISTILLERY_OUTAGE_SECONDS": "45",
    "DISTILLERY_RETRY_SECONDS": "0.2",
    "DISTILLERY_API_KEY": KEY,
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
}
AWAY_OUTAGE = {"DISTILLERY_OUTAGE_SECONDS": "600"}
PERSONA = re.compile(r'\bp(?:ersona)? (?:==|in|not in) ("\w+"|\([^)]*\))')
NAME = re.compile(r'"(\w+)"')
NO_PERSONA = "ok"
KILLED_AFTER = (0.2, 0.8)
"""Shares of the requests."""
DELAY = 0.5
"""Seconds of a reply of the server that is killed, so that it is killed while it is asked."""


def main() -> None:
    """Try every fault; print the table and one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="holds what was measured; goes on from there")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--away", type=float, default=60.0, help="seconds")
    parser.add_argument("--odd-server", type=Path)
    parser.add_argument("--persona", action="append", help="repeat for several; all without")
    parser.add_argument("--only-odd", action="store_true", help="leave rates and away out")
    chosen = parser.parse_args()
    os.environ |= QUICKER
    chosen.folder.mkdir(parents=True, exist_ok=True)
    kept = Kept(chosen.folder / "results.json")
    articles = made_up_articles(chosen.requests // 2)
    with prefect_server(str(chosen.folder), meanwhile=lambda: importlib.import_module("benchmarks.asking")):
        trial = Trial(chosen.folder, articles)
        found: dict[str, dict[str, Any]] = {}
        if not chosen.only_odd:
            found["rates"] = kept.piece("rates", partial(rates, trial))
            found["rates, away twice"] = kept.piece("away", partial(away, trial, chosen.away))
        if chosen.odd_server:
            names = chosen.persona or personas(chosen.odd_server)
            with odd_server(chosen.odd_server, chosen.folder / "odd.jsonl") as (url, log):
                right = trial.right(f"{url}/{NO_PERSONA}", "odd server without faults")
                for name in names:
                    asked = partial(asked_of_odd_server, log, name)
                    found[name] = kept.piece(name, partial(trial.run, name, f"{url}/{name}", asked, right))
                    print(f"{name}: {found[name]}", file=sys.stderr)
    show(found)


def rates(trial: Trial) -> dict[str, Any]:
    """Ask a server that errs at the known rates."""
    with Canned("--faults") as server:
        return trial.run("rates", server.url, server.asked, right_of_canned(trial))


def away(trial: Trial, seconds: float) -> dict[str, Any]:
    """Ask a server that errs at the known rates and is killed twice."""
    log, right = trial.folder / "away.log", right_of_canned(trial)
    log.unlink(missing_ok=True)
    log.touch()
    before = os.environ["DISTILLERY_OUTAGE_SECONDS"]
    os.environ |= AWAY_OUTAGE
    try:
        with Canned("--faults", "--delay", str(DELAY), "--log", str(log)) as server:
            killed: list[int] = []
            moments = [int(trial.requests * share) for share in KILLED_AFTER]
            killer = threading.Thread(target=_kill_twice, args=(server, log, seconds, moments, killed), daemon=True)
            killer.start()
            found = trial.run("away", server.url, lambda: _lines(log), right)
            killer.join(3 * seconds)
            return {**found, "killed_after": killed}
    finally:
        os.environ["DISTILLERY_OUTAGE_SECONDS"] = before


def right_of_canned(trial: Trial) -> Path:
    """Return the root of what the canned server says without faults."""
    with Canned() as server:
        return trial.right(server.url, "without faults")


def _kill_twice(server: Canned, log: Path, seconds: float, moments: list[int], killed: list[int]) -> None:
    for moment in moments:
        while _lines(log) < moment:
            time.sleep(0.02)
        killed.append(_lines(log))
        server.be_away(seconds)


def _lines(log: Path) -> int:
    return log.read_text().count("\n")


@contextmanager
def odd_server(script: Path, log: Path) -> Iterator[tuple[str, Path]]:
    """Run the server that misbehaves as it is told."""
    port = free_port()
    log.unlink(missing_ok=True)
    log.touch()
    process = subprocess.Popen([sys.executable, str(script), str(port), str(log)])
    url = f"http://127.0.0.1:{port}"
    try:
        while not _answers(url):
            time.sleep(0.05)
        yield url, log
    finally:
        process.kill()
        process.wait()


def personas(script: Path) -> list[str]:
    """Return the names that a server's script compares its path with, in its order."""
    found = [name for text in PERSONA.findall(script.read_text()) for name in NAME.findall(text)]
    return list(dict.fromkeys(found))


def asked_of_odd_server(log: Path, persona: str) -> int:
    """Return how many requests a persona has been sent."""
    posts = (json.loads(line).get("post", "") for line in log.read_text().splitlines())
    return sum(path.startswith(f"/{persona}/") for path in posts)


def _answers(url: str) -> bool:
    try:
        httpx.get(f"{url}/{NO_PERSONA}/v1/models", trust_env=False)
    except httpx.HTTPError:
        return False
    return True


def show(found: dict[str, dict[str, Any]]) -> None:
    """Print the table and the JSON object."""
    columns = ("asked", "rows", "quarantined", "left", "asked_again", "lost", "doubled", "as_without", "seconds")
    table = Table("fault", *(column.replace("_", " ") for column in columns), "said", box=None)
    for name, row in found.items():
        table.add_row(name, *(str(row[column]) for column in columns), row["said"][:90])
    Console(width=220).print(table)
    whole = [row for name, row in found.items() if name.startswith("rates")]
    absent = found.get("rates, away twice")
    summary = {
        "faults": len(found),
        "lost": sum(row["lost"] for row in found.values()),
        "doubled": sum(row["doubled"] for row in found.values()),
        "asked_again": sum(row["asked_again"] for row in found.values()),
        "key_shown": [name for name, row in found.items() if row["key_shown"]],
        "rates_equal_fault_free": all(row["as_without"] == row["rows"] and not row["quarantined"] for row in whole),
        "survives_absences": None if absent is None else not absent["left"] and len(absent["killed_after"]) == 2,
    }
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
