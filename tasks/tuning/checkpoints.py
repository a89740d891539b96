"""Checkpoints: a killed training goes on from the last one that was written to its end.

transformers writes a checkpoint file by file and takes the newest folder to resume from, whole or not. Here one counts
only when ``whole.json``, written last, lists its files with the sizes that they have.
"""

import json
from pathlib import Path

WHOLE = "whole.json"
STATE = "trainer_state.json"


def mark_whole(checkpoint: Path) -> None:
    """Record that every file of a checkpoint is written."""
    unfinished = checkpoint / f".{WHOLE}.tmp"
    unfinished.write_text(json.dumps(_sizes(checkpoint)))
    unfinished.rename(checkpoint / WHOLE)


def is_whole(checkpoint: Path) -> bool:
    """Return whether a checkpoint has every file that it was finished with, at the same size."""
    try:
        return bool(json.loads((checkpoint / WHOLE).read_text()) == _sizes(checkpoint))
    except (OSError, ValueError):
        return False


def last_whole(folder: Path) -> Path | None:
    """Return the whole checkpoint of the most steps (``checkpoint-120``), None where there is none."""
    found = [path for path in folder.glob("checkpoint-*") if path.name.removeprefix("checkpoint-").isdigit()]
    return max(filter(is_whole, found), key=step_of, default=None)


def step_of(checkpoint: Path) -> int:
    """Return how many steps a checkpoint has behind it."""
    return int(checkpoint.name.rsplit("-", 1)[1])


def reached_the_end(checkpoint: Path) -> bool:
    """Return whether a checkpoint's training had no step left to do."""
    state = json.loads((checkpoint / STATE).read_text())
    return bool(state["global_step"] >= state["max_steps"])


def _sizes(checkpoint: Path) -> dict[str, int]:
    return {
        path.name: path.stat().st_size
        for path in sorted(checkpoint.iterdir())
        if path.is_file() and not path.name.startswith(".") and path.name != WHOLE
    }
