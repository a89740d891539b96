"""Text and JSON in files that users bring: UTF-8, with a byte-order mark or without."""

import codecs
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tasks.errors import DistilleryError

HALF_A_CHARACTER = "it holds half a character (a lone surrogate such as \\ud83d), which no text can"


def read_text(path: Path, error: type[DistilleryError], expected: str = "a text file") -> str:
    """Return the text of a UTF-8 file without its byte-order mark.

    Args:
        error: what to raise; its message is one sentence that names the file.

    Raises:
        DistilleryError: as ``error``, where the file can not be read or is no UTF-8.
    """
    try:
        return path.read_bytes().removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except OSError as cause:
        raise error(f"{path} can not be read ({cause.strerror}); expected {expected}") from cause
    except UnicodeDecodeError as cause:
        line = cause.object.count(b"\n", 0, cause.start) + 1
        raise error(
            f"{path} line {line}: expected UTF-8 text, found byte {cause.object[cause.start]:#04x}; save it as UTF-8"
        ) from cause


def read_json(
    path: Path,
    error: type[DistilleryError],
    object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None,
) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON value that a file holds.

    Args:
        error: as in ``read_text``.
        object_pairs_hook: makes what stands for an object, as in ``json.loads``; may refuse it by a ``ValueError``.

    Raises:
        DistilleryError: as ``error``, where the file can not be read, is no JSON, or is nested too deeply.
    """
    text = read_text(path, error, "a JSON file")
    try:
        return json.loads(text, object_pairs_hook=object_pairs_hook)
    except ValueError as cause:
        raise error(f"{path} is cut off or no JSON ({cause}); fetch it again") from cause
    except RecursionError as cause:
        raise error(f"{path} is nested too deeply to be read; expected a few levels of lists and objects") from cause


def holds_half_a_character(value: object) -> bool:
    """Return whether a JSON value has a string that can not be written, since an escape in it is half a character."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
