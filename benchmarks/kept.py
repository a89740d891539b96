"""Pieces of a long measurement that are kept as they come: a call that was cut off is made again and goes on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Kept:
    """Pieces by name in one JSON file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._pieces: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}

    def piece(self, name: str, measure: Callable[[], Any]) -> Any:  # noqa: ANN401 - any JSON value
        """Return a piece, measured now where it is not there."""
        if name not in self._pieces:
            found = measure()
            self._pieces[name] = found
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(self._pieces, indent=1))
            fresh.replace(self._path)
        return self._pieces[name]
