"""Examples as items of SpERT's files (see ``spert_folds``), to train SpERT on other splits or on a teacher's labels."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import polars as pl

from tasks.extraction.examples import Relation, Span, drug_spans, relation_pairs
from tasks.extraction.spert_folds import DRUG, EVENT, RELATION

TOKEN = re.compile(r"\w+|[^\w\s]")


def write_spert(examples: pl.DataFrame) -> list[dict[str, Any]]:
    """Return examples as items to train SpERT on; ``read_spert`` reads the same from them, up to white space.

    Tokens are words and single marks, cut wherever a span begins or ends.

    Args:
        examples: rows of ``ADE_SCHEMA``.

    Returns:
        What a file holds: write it with ``json.dump``.

    Raises:
        ValueError: a span holds nothing but white space.
    """
    items = []
    numbers: Counter[int] = Counter()
    for place, row in enumerate(examples.iter_rows(named=True)):
        pmid = row["pmid"]
        orig_id = place if pmid is None else f"{pmid}_{numbers[pmid]}"
        numbers[pmid] += 1
        drugs, relations = drug_spans(row["drugs"]), relation_pairs(row["relations"])
        items.append(_item(row["text"], drugs, relations) | {"orig_id": orig_id})
    return items


def _item(text: str, drugs: list[Span], relations: list[Relation]) -> dict[str, Any]:
    events = sorted({relation.event for relation in relations})
    entities = [(EVENT, span) for span in events] + [(DRUG, span) for span in drugs]
    tokens = list(_tokens(text, [span for _, span in entities]))
    starts = [token.start for token in tokens]
    places = [(bisect_left(starts, span.start), bisect_left(starts, span.end)) for _, span in entities]
    if any(start == end for start, end in places):
        raise ValueError(f"expected spans with words, found one of white space in {text!r}")
    return {
        "tokens": [text[slice(*token)] for token in tokens],
        "entities": [
            {"type": kind, "start": start, "end": end} for (kind, _), (start, end) in zip(entities, places, strict=True)
        ],
        "relations": [
            {"type": RELATION, "head": events.index(event), "tail": len(events) + drugs.index(drug)}
            for drug, event in relations
        ],
    }


def _tokens(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Yield words and marks. Punctuation is cut off everywhere: where it was only beside spans, it would tell them."""
    edges = sorted({0, len(text)}.union(*spans))
    for start, end in pairwise(edges):
        for match in TOKEN.finditer(text, start, end):
            yield Span(*match.span())
