"""How far a download is, by what lies on the disk."""

import time
from pathlib import Path
from types import TracebackType
from typing import Self

MEGABYTE = 1_000_000
LOOK_SECONDS = 1.0


class DownloadProgress:
    """Tells the megabytes that came into a folder: a bar on a terminal, lines of the log elsewhere."""

    def __init__(self, name: str, folder: Path, size: int) -> None:
        from tasks.orchestration.progress import StageProgress  # Prefect takes seconds to import

        self._folder, self._megabytes = folder, max(1, round(size / MEGABYTE))
        self._before, self._said, self._looked = _bytes(folder), 0, 0.0
        self._shown = StageProgress(f"fetching {name}, MB", self._megabytes, steps=1)

    def __enter__(self) -> Self:
        self._shown.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._tell(self._megabytes)
        self._shown.__exit__(kind, error, trace)

    def look(self) -> None:
        """Look how much is there, a second after the last time at the soonest."""
        if time.monotonic() - self._looked > LOOK_SECONDS:
            self._looked = time.monotonic()
            self._tell(min((_bytes(self._folder) - self._before) // MEGABYTE, self._megabytes - 1))

    def _tell(self, megabytes: int) -> None:
        if megabytes > self._said:
            self._shown.advance(megabytes - self._said)
            self._said = megabytes


def _bytes(folder: Path) -> int:
    total = 0
    for file in folder.glob("*"):
        try:
            total += file.stat().st_size
        except OSError:  # it was renamed meanwhile
            continue
    return total
