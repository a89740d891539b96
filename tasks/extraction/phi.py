"""Synthetic sentences with protected health information (PHI), made by Microsoft Presidio from templates.

Source: https://github.com/microsoft/presidio-research (MIT), ``synth_dataset_v2.json``. Sentences of one template
differ in the names alone, so the template is the group that must not be divided between training and test.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from tasks.errors import DistilleryError
from tasks.extraction.examples import PHI_SCHEMA, LabelledSpan, phi_example
from tasks.extraction.gold import Gold, one_per_sentence
from tasks.text_files import HALF_A_CHARACTER, holds_half_a_character, read_json

SPAN_TYPES = {"entity_type": str, "entity_value": str, "start_position": int, "end_position": int}


class PhiError(DistilleryError):
    """A file is none of Presidio's; the message names file and item and says what was expected."""


class _RefusedError(Exception):
    """An item's spans do not fit its text; the message is the reason."""


def read_phi(path: Path) -> Gold:
    """Read a file of Presidio's; an item is refused where the text at a span is not its value, or two spans overlap.

    Returns:
        Examples as in ``PHI_SCHEMA``, in the file's order; labels are Presidio's entity types. Keys read
        ``synth_dataset_v2.json item 3``.

    Raises:
        PhiError: the file holds no JSON list of items, or an item has no text, template or spans.
    """
    read: list[tuple[str, dict[str, Any]]] = []
    refused: list[tuple[str, str]] = []
    for number, item in enumerate(_read_items(path), start=1):
        key = f"{path.name} item {number}"
        try:
            spans = list(_read_spans(item))
        except _RefusedError as error:
            refused.append((key, str(error)))
        else:
            read.append((key, phi_example(item["full_text"], spans, group=f"template {item['template_id']}")))
    return one_per_sentence(read, refused, PHI_SCHEMA)


def _read_items(path: Path) -> Iterator[dict[str, Any]]:
    items = read_json(path, PhiError)
    if not isinstance(items, list) or not items:
        raise PhiError(f"{path}: expected a list of items, found {type(items).__name__}")
    for number, item in enumerate(items, start=1):
        if not _is_item(item):
            raise PhiError(
                f"{path} item {number}: expected full_text, template_id and spans ({', '.join(SPAN_TYPES)} each)"
            )
        yield item


def _is_item(item: object) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("full_text"), str)
        and isinstance(item.get("template_id"), int)
        and isinstance(item.get("spans"), list)
        and all(_is_span(span) for span in item["spans"])
    )


def _is_span(span: object) -> bool:
    return isinstance(span, dict) and all(isinstance(span.get(name), dtype) for name, dtype in SPAN_TYPES.items())


def _read_spans(item: dict[str, Any]) -> Iterator[LabelledSpan]:
    """Yield the item's spans.

    Raises:
        _RefusedError: one does not fit the text, or overlaps another, or there is half a character.
    """
    if holds_half_a_character(item):
        raise _RefusedError(HALF_A_CHARACTER)
    text = item["full_text"]
    spans = sorted(item["spans"], key=lambda span: (span["start_position"], span["end_position"]))
    for span in spans:
        start, end, value = span["start_position"], span["end_position"], span["entity_value"]
        if not 0 <= start < end <= len(text) or text[start:end] != value:
            raise _RefusedError(f"{span['entity_type']}: expected {value!r} from {start} to {end}")
        yield LabelledSpan(start, end, span["entity_type"])
    for before, after in pairwise(spans):
        if after["start_position"] < before["end_position"]:
            raise _RefusedError(f"{before['entity_value']!r} and {after['entity_value']!r} overlap")
