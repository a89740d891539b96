"""Running ``distillery`` as its users do, and looking at what it left."""

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

COMMAND = [str(Path(sys.executable).with_name("distillery"))]


def distil(root: Path, branch: str, articles: int) -> tuple[dict[str, Any], float]:
    """Run ``distillery distill --json`` over the sample; return its summary and the whole command's wall seconds."""
    options = ["--source", "sample", "--branch", branch, "--articles", str(articles), "--root", str(root), "--json"]
    began = time.monotonic()
    done = subprocess.run([*COMMAND, "distill", *options], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout), time.monotonic() - began


def checksums(folder: str) -> dict[str, str]:
    """Return the SHA-256 of every file in a folder."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(Path(folder).iterdir())}


def total(summary: dict[str, Any], column: str) -> float:
    """Return a column of the stages, added up."""
    return sum(stage[column] for stage in summary["stages"].values())
