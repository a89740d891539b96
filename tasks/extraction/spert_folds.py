"""The ADE corpus in the format of SpERT, which published ten folds of it for others to compare with.

Source: Eberts and Ulges (2020), https://arxiv.org/abs/1909.07755, and https://github.com/lavis-nlp/spert: a training
and a test file per fold (``ade_split_0_train.json``, ``ade_split_0_test.json``) and all in one (``ade_full.json``).

A file is a list of items: ``tokens``; ``entities``, each a type and the tokens that it spans, end exclusive;
``relations``, each a type and the places of two entities, both counted from 0; ``orig_id``. SpERT's head is the adverse
effect and its tail the drug. In the files that it distributes ``orig_id`` is a number that names no article, in those
that its ``convert_ade.py`` makes a PMID and a number (``1234567_0``).
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from tasks.errors import DistilleryError
from tasks.extraction.examples import ADE_SCHEMA, Relation, Span, ade_example
from tasks.extraction.gold import Gold, one_per_sentence
from tasks.text_files import read_text

DRUG, EVENT = "Drug", "Adverse-Effect"
RELATION = EVENT
PMID_AND_NUMBER = re.compile(r"([1-9]\d{0,8})_\d+", re.ASCII)


class SpertError(DistilleryError):
    """A file is none of SpERT's; the message names file and item and says what was expected."""


class _RefusedError(Exception):
    """An item is no example; the message is the reason."""


class _Entity(BaseModel):
    type: str
    start: int
    end: int


class _Relation(BaseModel):
    type: str
    head: int
    tail: int


class _Item(BaseModel):
    tokens: list[str]
    entities: list[_Entity]
    relations: list[_Relation]
    orig_id: int | str | None = None

    @property
    def pmid(self) -> int | None:
        match = PMID_AND_NUMBER.fullmatch(str(self.orig_id))
        return int(match[1]) if match else None


ITEMS = TypeAdapter(list[_Item])


def read_spert(paths: Sequence[Path]) -> Gold:
    """Read files of SpERT's as one; the text is the tokens with a space between them.

    Refused are items with what ``ADE_SCHEMA`` can not say, such as an adverse effect in no relation. Which end of a
    relation is the drug is told by the types of its entities.

    Returns:
        Examples as in ``ADE_SCHEMA``, in the files' order; the PMID is null where ``orig_id`` names none. Keys read
        ``ade_split_0_test.json item 3``.

    Raises:
        SpertError: a file holds no JSON list of such items, or every item is refused.
    """
    read: list[tuple[str, dict[str, Any]]] = []
    refused: list[tuple[str, str]] = []
    for path in paths:
        for number, item in enumerate(_read_items(path), start=1):
            key = f"{path.name} item {number}"
            try:
                read.append((key, _example(item)))
            except _RefusedError as error:
                refused.append((key, str(error)))
    if refused and not read:
        raise SpertError(f"{', '.join(map(str, paths))}: no item is an example; {': '.join(refused[0])}")
    return one_per_sentence(read, refused, ADE_SCHEMA)


def _read_items(path: Path) -> list[_Item]:
    text = read_text(path, SpertError, "a JSON file")
    try:
        items = ITEMS.validate_json(text, strict=True)
    except ValidationError as cause:
        raise SpertError(f"{path}{_first_mistake(cause)}") from cause
    if not items:
        raise SpertError(f"{path}: expected a list of items, found none")
    return items


def _first_mistake(error: ValidationError) -> str:
    first = error.errors()[0]
    place = first["loc"]
    item = f" item {int(place[0]) + 1}" if place else ""
    field = f"{'.'.join(map(str, place[1:]))}: " if place[1:] else ""
    return f"{item}: expected a list of items with tokens, entities and relations; {field}{first['msg']}"


def _example(item: _Item) -> dict[str, Any]:
    """Return the row of an item.

    Raises:
        _RefusedError: it has no words, or what is marked can not be placed or said.
    """
    if not all(token.strip() for token in item.tokens) or not item.tokens:
        raise _RefusedError("there are no tokens, or one is blank")
    text = " ".join(item.tokens)
    spans = list(_entity_spans(item, text))
    relations = list(_relations(item, spans))
    drugs, events = (
        {span for span, entity in zip(spans, item.entities, strict=True) if entity.type == kind}
        for kind in (DRUG, EVENT)
    )
    if alone := events - {relation.event for relation in relations}:
        raise _RefusedError(f"the adverse effect {text[slice(*min(alone))]!r} is in no relation")
    return ade_example(text, drugs, relations, pmid=item.pmid)


def _entity_spans(item: _Item, text: str) -> Iterator[Span]:
    """Yield where each entity stands in the text."""
    begins = [0]
    for token in item.tokens:
        begins.append(begins[-1] + len(token) + 1)
    for number, entity in enumerate(item.entities):
        if entity.type not in (DRUG, EVENT):
            raise _RefusedError(f"entity {number} is of type {entity.type!r}; expected {DRUG} or {EVENT}")
        if not 0 <= entity.start < entity.end <= len(item.tokens):
            raise _RefusedError(
                f"entity {number} spans tokens {entity.start} to {entity.end} of a sentence of {len(item.tokens)}"
            )
        span = Span(begins[entity.start], begins[entity.end] - 1)
        assert text[slice(*span)] == " ".join(item.tokens[entity.start : entity.end])
        yield span


def _relations(item: _Item, spans: list[Span]) -> Iterator[Relation]:
    for number, relation in enumerate(item.relations):
        if relation.type != RELATION:
            raise _RefusedError(f"relation {number} is of type {relation.type!r}; expected {RELATION}")
        ends = (relation.head, relation.tail)
        if not all(0 <= end < len(spans) for end in ends):
            raise _RefusedError(f"relation {number} is between entities {ends[0]} and {ends[1]} of {len(spans)}")
        by_type = {item.entities[end].type: spans[end] for end in ends}
        if len(by_type) < len(ends):
            raise _RefusedError(f"relation {number} is between two entities of type {next(iter(by_type))}")
        yield Relation(by_type[DRUG], by_type[EVENT])
