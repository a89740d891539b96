"""Where names of a dictionary stand in texts."""

from collections.abc import Iterator

import polars as pl

from tasks.extraction.examples import Span

MENTION_SCHEMA = {"row": pl.Int64, "start": pl.Int64, "end": pl.Int64, "name": pl.String, "ui": pl.String}


def find_names(texts: pl.Series, names: pl.DataFrame) -> pl.DataFrame:
    """Return every mention of a name: whole words, whatever their case (ASCII), the longer where two share a letter.

    Aho and Corasick's automaton (1975, https://doi.org/10.1145/360825.360855), as Polars has it: one pass over the
    texts, however many names there are.

    Args:
        texts: strings.
        names: name (lower case), ui.

    Returns:
        Rows of row (place in ``texts``), start, end (characters, end exclusive), name, ui.
    """
    if names.is_empty() or texts.is_empty():
        return pl.DataFrame(schema=MENTION_SCHEMA)
    patterns = names["name"].implode()
    column = pl.col("text")
    options = {"ascii_case_insensitive": True, "overlapping": True}
    found = (
        pl.DataFrame({"text": texts})
        .with_row_index("row")
        .with_columns(at=column.str.find_many(patterns, **options), name=column.str.extract_many(patterns, **options))
        .filter(pl.col("at").list.len() > 0)
    )
    uis = dict(names.select("name", "ui").iter_rows())
    rows = [
        (row, *span, name, uis[name])
        for row, text, starts, matches in found.select("row", "text", "at", "name").iter_rows()
        for span, name in _whole_words(text, starts, matches)
    ]
    return pl.DataFrame(rows, schema=MENTION_SCHEMA, orient="row")


def _whole_words(text: str, starts: list[int], matches: list[str]) -> Iterator[tuple[Span, str]]:
    """Yield the mentions that cut no word, from left to right, without those that lie within a longer one."""
    encoded = None if text.isascii() else text.encode()
    found = []
    for byte, match in zip(starts, matches, strict=True):
        start = byte if encoded is None else len(encoded[:byte].decode())
        span = Span(start, start + len(match))
        if not _cuts_a_word(text, span):
            found.append((span, match.lower()))
    end = 0
    for span, name in sorted(found, key=lambda each: (each[0].start, -each[0].end)):
        if span.start >= end:
            yield span, name
            end = span.end


def _cuts_a_word(text: str, span: Span) -> bool:
    before, after = text[: span.start][-1:], text[span.end : span.end + 1]
    return before.isalnum() or after.isalnum()
