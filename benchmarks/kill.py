"""What a killed run loses.

    python -m benchmarks.kill [--articles 96] [--seconds 12]

Two roots start from the same harvest and index. One run goes through; the other is killed with all its children
(SIGKILL) some seconds into asking questions, and started again.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.commands import COMMAND, checksums, distil


def main() -> None:
    """Compare the datasets of a run that went through and of one that was killed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=96)
    parser.add_argument("--seconds", type=float, default=12, help="into asking questions")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kill-"))
    distil(folder / "whole", "C04", 1)
    shutil.copytree(folder / "whole", folder / "killed")
    whole, _ = distil(folder / "whole", "C04", chosen.articles)
    known = kill_while_asking(folder / "killed", chosen.articles, chosen.seconds)
    resumed, _ = distil(folder / "killed", "C04", chosen.articles)
    questions = resumed["stages"]["questions"]
    result = {
        "articles": chosen.articles,
        "questions": questions["rows"],
        "known_when_killed": known,
        "computed_after": questions["computed"],
        "identical": checksums(whole["dataset"]) == checksums(resumed["dataset"]),
    }
    table = Table("questions", "stored when killed", "computed after", "dataset identical", box=None)
    table.add_row(*(str(result[key]) for key in ("questions", "known_when_killed", "computed_after", "identical")))
    Console().print(table)
    shutil.rmtree(folder)
    print(json.dumps(result))


def kill_while_asking(root: Path, articles: int, seconds: float) -> int:
    """Start a run, kill everything of it some seconds after its first new questions; return the questions stored."""
    options = ["--branch", "C04", "--articles", str(articles), "--root", str(root)]
    before = stored_questions(root)
    run = subprocess.Popen([*COMMAND, "distill", *options], start_new_session=True)
    while stored_questions(root) == before and run.poll() is None:
        time.sleep(0.2)
    time.sleep(seconds)
    for process in [*psutil.Process(run.pid).children(recursive=True), psutil.Process(run.pid)]:
        os.kill(process.pid, signal.SIGKILL)
    run.wait()
    return stored_questions(root) - before


def stored_questions(root: Path) -> int:
    """Return how many questions stand in the tables."""
    import polars as pl

    return sum(len(pl.read_parquet(part, columns=["row_key"])) for part in root.glob("questions/*/parts/*.parquet"))


if __name__ == "__main__":
    main()
