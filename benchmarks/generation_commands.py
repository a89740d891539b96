"""The commands that ``benchmarks.generation`` compares, and the prompts that they get."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from benchmarks.child_server import canned_server
from benchmarks.process_tree import run

LONGEST_SECONDS = 3_000.0
ENVIRONMENT = {**os.environ, "PYTHONUNBUFFERED": "1"}


def prompts(folder: Path, articles: pl.DataFrame) -> Path:
    """Return the file of the bodies that the stage sends for these articles, recorded where it is not there."""
    bodies, table = folder / "prompts.jsonl", folder / "articles.parquet"
    if not bodies.exists():
        folder.mkdir(parents=True, exist_ok=True)
        articles.write_parquet(table)
        recorded = folder / "recorded.jsonl"
        recorded.unlink(missing_ok=True)
        with canned_server("--record", str(recorded)) as url, scratch(folder / "recording") as root:
            run(ours(table, url, root), ENVIRONMENT, LONGEST_SECONDS)
        whole = [
            line
            for line in dict.fromkeys(recorded.read_text().splitlines())
            if len(json.loads(line).get("messages", [])) > 1
        ]
        bodies.write_text("".join(f"{line}\n" for line in whole[: len(articles)]))
    return bodies


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Return an empty folder that lasts as long as the block."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ours(articles: Path, url: str, root: Path, *model: str) -> list[str]:
    """Return the command of this project's questions stage."""
    return module("ours", articles, url, root, *model)


def module(name: str, *arguments: object) -> list[str]:
    """Return the command of a script that runs in this environment."""
    return [sys.executable, "-m", f"benchmarks.generation_peers.{name}", *map(str, arguments)]
