"""Read a JSON object from a file of an evaluation set."""

from pathlib import Path
from typing import Any

from tasks.errors import DistilleryError
from tasks.text_files import HALF_A_CHARACTER, holds_half_a_character, read_json

LONGEST_SHOWN = 60


def read_object(path: Path, error: type[DistilleryError]) -> dict[str, Any]:
    """Return the JSON object that a file holds.

    Args:
        error: what to raise; its message is one sentence that names the file.

    Raises:
        DistilleryError: as ``error``, where there is no file, no JSON, no object, or a key stands there twice or is no
            text.
    """
    content = read_json(path, error, _refuse_repeats)
    if not isinstance(content, dict):
        raise error(f"{path}: expected a JSON object, found {shown(content)}")
    if holds_half_a_character(list(content)):
        raise error(f"{path}: a key of it {HALF_A_CHARACTER.removeprefix('it ')}")
    return content


def shown(value: object) -> str:
    """Return what was found, short enough to stand in a sentence."""
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"{next(key for key in keys if keys.count(key) > 1)!r} stands there twice")
    return content
