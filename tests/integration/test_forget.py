"""A server that was broken and is mended: refused rows, and rows that passed, are asked for again.

The root's name is full of what others take for a pattern.
"""

import subprocess

import polars as pl
import pytest

from tests.fake_llm import FakeLlm
from tests.integration.conftest import COMMAND, Distillery

pytestmark = pytest.mark.integration


class BreakableLlm(FakeLlm):
    """Has no question about every fifth article or so while it is broken."""

    broken = True

    def reply(self, body: dict) -> str:
        said = super().reply(body)
        return "" if self.broken and "response_format" not in body and said[12] in "012" else said


def told(distillery: Distillery, *words: str) -> str:
    line = [COMMAND, *words, "--root", str(distillery.folder / "root")]
    done = subprocess.run(line, capture_output=True, text=True, env=distillery.environment(), timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def test_what_a_broken_server_left_is_asked_for_again_when_told(tmp_path, corpus):
    distillery = Distillery(tmp_path / "run[1] *?", corpus)
    with BreakableLlm() as llm:
        options = ("--branch", "C04", "--articles", "20", "--generator-url", llm.url)
        first = distillery.distil(*options)
        refused = int(first["stages"]["questions"]["dropped"])
        assert refused >= 3
        llm.broken = False
        assert distillery.distil(*options)["llm"]["requests"] == 0
        assert f"{refused} rows in quarantine" in told(distillery, "quarantine", "--stage", "questions")

        assert f"{refused} rows taken out of quarantine" in told(distillery, "quarantine", "--retry")
        retried = distillery.distil(*options)
        assert int(retried["stages"]["questions"]["dropped"]) == 0
        assert int(retried["stages"]["questions"]["computed"]) == refused
        assert int(retried["stages"]["questions"]["rows"]) == 40

        for table in sorted((distillery.folder / "root" / "questions").iterdir()):
            said = told(distillery, "forget", "--stage", "questions", "--recipe", table.name[:8])
            assert f"of questions/{table.name} forgotten" in said
        again = distillery.distil(*options)
        assert int(again["stages"]["questions"]["computed"]) == 40
        assert again["llm"]["requests"] == 40  # the same questions come again, and with them the same answers
        assert again["dataset"] == retried["dataset"]
        kept = (distillery.folder / "root" / "forgotten").glob("*/questions/*/parts/*.parquet")
        assert sum(len(pl.read_parquet(part.read_bytes())) for part in kept) == 40
