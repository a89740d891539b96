"""The two stages that ask, run against one faulty server after another: what stands, what is lost, what is doubled."""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import polars as pl

from tasks.serving.processes import free_port

STAGES = ("questions", "answers")
SAID = {"questions": ["question"], "answers": ["decision", "long_answer"]}
KEY = "sk-benchmark-0123456789abcdef"
"""What servers are sent, and nothing may show."""


class Trial:
    """The two stages over one set of articles, with one fault after another, each below a root of its own."""

    def __init__(self, folder: Path, articles: pl.DataFrame) -> None:
        from benchmarks.asking import ask, quarantined, standing  # Prefect reads its settings when it is imported

        self._ask, self._quarantined, self._standing = ask, quarantined, standing
        self.folder, self._articles, self.requests = folder, articles, len(STAGES) * len(articles)

    def right(self, url: str, name: str) -> Path:
        """Return the root of what a server says without faults."""
        root = self.folder / name
        self._run_both(root, url)
        return root

    def run(self, name: str, url: str, asked: Callable[[], int], right: Path) -> dict[str, Any]:
        """Ask a server; return what came of it.

        Args:
            asked: tells how many requests the server has been sent.
            right: the root of what it would say without faults.
        """
        root = self.folder / name
        before, began = asked(), time.monotonic()
        stopped = self._run_both(root, url)
        seconds, requests = time.monotonic() - began, asked() - before
        left = self.requests - self._rows(root) - self._refused(root)
        again = 0
        if left:
            with Canned() as server:
                self._run_both(root, server.url)
                again = server.asked()
        rows, refused = self._rows(root), self._refused(root)
        reasons = Counter(reason for stage in STAGES for reason in self._quarantined(root, stage)["reason"].to_list())
        return {
            "asked": requests,
            "rows": rows,
            "quarantined": refused,
            "left": left,
            "asked_again": max(0, again - left),
            "lost": self.requests - rows - refused,
            "doubled": sum(len(each) - each["row_key"].n_unique() for each in self._each(root)),
            "as_without": sum(self._same(root, right, stage) for stage in STAGES),
            "key_shown": self._shows_key(root, [stopped, *reasons]),
            "seconds": round(seconds, 1),
            "said": stopped or "; ".join(f"{count} {reason}" for reason, count in reasons.most_common(1)),
        }

    def _run_both(self, root: Path, url: str) -> str:
        """Run the stages; return with which sentences they stopped."""
        root.mkdir(parents=True, exist_ok=True)
        said = [self._ask(stage, self._articles, root, url)["stopped"] for stage in STAGES]
        return next((sentence for sentence in said if sentence), "")

    def _each(self, root: Path) -> Iterator[pl.DataFrame]:
        return (self._standing(root, stage) for stage in STAGES)

    def _rows(self, root: Path) -> int:
        return sum(each["row_key"].n_unique() for each in self._each(root))

    def _refused(self, root: Path) -> int:
        return sum(len(self._quarantined(root, stage)) for stage in STAGES)

    def _same(self, root: Path, right: Path, stage: str) -> int:
        here, there = (self._standing(place, stage) for place in (root, right))
        if here.is_empty() or there.is_empty():
            return 0
        columns = ["pmid", *SAID[stage]]
        return len(here.select(columns).unique().join(there.select(columns), on=columns, how="semi"))

    def _shows_key(self, root: Path, texts: list[str]) -> bool:
        key = KEY.encode()
        files = (path.read_bytes() for path in root.rglob("*") if path.is_file())
        return any(key in text for text in (*(each.encode() for each in texts), *files))


class Canned:
    """``benchmarks.canned_server`` on a port that it keeps, to be killed and started again."""

    def __init__(self, *options: str) -> None:
        self._port, self._options = free_port(), options
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> "Canned":
        command = [sys.executable, "-m", "benchmarks.canned_server", "--port", str(self._port), *self._options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._process.stdout.readline()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def asked(self) -> int:
        """Return how many requests it has been sent since it was started."""
        return int(httpx.get(f"{self.url}/counts", trust_env=False).json()["asked"])

    def be_away(self, seconds: float) -> None:
        """Be killed, and come back later."""
        self.__exit__()
        time.sleep(seconds)
        self.__enter__()
