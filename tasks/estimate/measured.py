"""What the stages of a dry run took: measured as it runs, and kept beside the tables for the next estimate."""

import json
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError
from upath import UPath

from tasks.store.atomic import write_text
from tasks.store.reference import LlmUsage, StageResult


class Measured(BaseModel):
    """What filling one table took for some units (articles or sentences).

    ``seconds`` are without the wait for a server to start; ``start_seconds`` is what the servers of the whole run took
    to start, told by its first table.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    units: int
    rows: int
    seconds: float
    usage: LlmUsage = LlmUsage()
    start_seconds: float = 0.0

    @classmethod
    def of(cls, result: StageResult, units: int) -> Self:
        """Return what a stage reports, of the units that it had to do something for."""
        seconds = max(0.0, result.seconds - result.starting)
        return cls(stage=result.stage, units=units, rows=result.computed, seconds=seconds, usage=result.usage)


def keep(root: UPath, measured: Mapping[str, Measured]) -> None:
    """Keep what was measured, by table, in place of what was measured before."""
    for table, what in measured.items():
        write_text(_path(root, table), what.model_dump_json(indent=2))


def recall(root: UPath, table: str) -> Measured | None:
    """Return what was measured before; None where nothing was, or nothing that can be read."""
    try:
        return Measured.model_validate(json.loads(_path(root, table).read_text()))
    except (OSError, ValueError, ValidationError):
        return None


def _path(root: UPath, table: str) -> UPath:
    return root / "estimates" / f"{table.replace('/', '-')}.json"
