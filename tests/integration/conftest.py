"""Running the real command, with a server that answers like vLLM."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.corpus import write_corpus
from tests.fake_llm import FakeLlm

COMMAND = str(Path(sys.executable).with_name("distillery"))
MARK = "DISTILLERY_TEST_MARK"


@dataclass
class Distillery:
    """The command line in a root of its own; every process that it starts carries a mark."""

    folder: Path
    source: Path
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def command(self, *options: str) -> list[str]:
        return [COMMAND, "distill", "--source", str(self.source), "--root", str(self.folder / "root"), *options]

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        return {**kept, MARK: self.mark}

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*options), capture_output=True, text=True, env=self.environment(), timeout=300, check=False
        )

    def distil(self, *options: str) -> dict[str, Any]:
        done = self.run("--json", *options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def processes(self) -> list[psutil.Process]:
        """Return what still runs of anything this command started."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self.mark and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus") / "corpus.xml", articles=150)


@pytest.fixture(scope="module")
def slow_llm() -> Iterator[FakeLlm]:
    """Answers after a while, so that there is time to interrupt."""
    with FakeLlm(delay=0.3) as server:
        yield server


@pytest.fixture
def distillery(tmp_path, corpus) -> Distillery:
    return Distillery(tmp_path, corpus)


def files(folder: str) -> dict[str, bytes]:
    """Return the content of every file of a dataset."""
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
