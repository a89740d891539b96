"""What a sentence must mention to be read, and what is read in place of the words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tasks.extraction.examples import Span
from tasks.extraction.find_names import find_names

MENTIONING_SCHEMA: dict[str, Any] = {"row": pl.Int64, "text": pl.String, "uis": pl.List(pl.String)}


@dataclass(frozen=True, slots=True)
class Mention:
    """A kind of thing that a sentence must name.

    Attributes:
        branches: of MeSH, whose descriptors are of the kind.
        mask: what stands in place of its first mention, as in GAD; None: the words stay.
        substances: whether substances that articles list, and MeSH has no place for, are of the kind, too.
    """

    branches: tuple[str, ...]
    mask: str | None = None
    substances: bool = False


Dictionary = tuple[Mention, pl.DataFrame]
"""A kind and its names: name, ui; see ``mention_names``."""


def mentioning(texts: pl.Series, dictionaries: Sequence[Dictionary]) -> pl.DataFrame:
    """Return the texts that mention every kind, as they are read.

    A mask takes the place of the first mention of its kind that shares no letter with one that is masked already.

    Returns:
        Rows of ``MENTIONING_SCHEMA`` in the order of the texts: row (place in ``texts``), text, and sorted uis of the
        first kind; where there is no dictionary, every text is one, without uis.
    """
    if not dictionaries:
        every = [{"row": row, "text": text, "uis": []} for row, text in enumerate(texts)]
        return pl.DataFrame(every, schema=MENTIONING_SCHEMA)
    found = [_by_row(find_names(texts, names)) for _, names in dictionaries]
    rows: list[tuple[int, str, list[str]]] = []
    for row in sorted(set(found[0]).intersection(*found[1:])):
        kinds = [(mention.mask, each[row]) for (mention, _), each in zip(dictionaries, found, strict=True)]
        text = _masked(texts[row], kinds)
        if text is not None:
            rows.append((row, text, sorted({ui for _, ui in found[0][row]})))
    return pl.DataFrame(rows, schema=MENTIONING_SCHEMA, orient="row")


def _by_row(mentions: pl.DataFrame) -> dict[int, list[tuple[Span, str]]]:
    by_row: dict[int, list[tuple[Span, str]]] = {}
    for row, start, end, ui in mentions.select("row", "start", "end", "ui").iter_rows():
        by_row.setdefault(row, []).append((Span(start, end), ui))
    return by_row


def _masked(text: str, kinds: Sequence[tuple[str | None, Sequence[tuple[Span, str]]]]) -> str | None:
    """Return the text with its masks; None where a mention is not apart from those of other kinds."""
    chosen: list[tuple[Span, str]] = []
    for mask, mentions in kinds:
        if mask is None:
            continue
        free = [span for span, _ in mentions if not any(span.overlaps(taken) for taken, _ in chosen)]
        if not free:
            return None
        chosen.append((min(free), mask))
    for span, mask in sorted(chosen, reverse=True):
        text = f"{text[: span.start]}{mask}{text[span.end :]}"
    return text
