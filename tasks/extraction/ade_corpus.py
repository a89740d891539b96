"""The ADE corpus: sentences of case reports, with drugs and the adverse events they caused.

Source: Gurulingappa et al. (2012), https://doi.org/10.1016/j.jbi.2012.04.008

``DRUG-AE.rel`` has one relation per line, and counts offsets in the document that was annotated (PMID, empty line,
title, empty line, abstract), which is not in the corpus. The offset of the sentence itself is the one unknown: it must
make both mentions stand where the line says, and it is the same for all relations of the sentence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.errors import DistilleryError
from tasks.extraction.examples import ADE_SCHEMA, Relation, Span, ade_example
from tasks.extraction.gold import Gold, one_per_sentence
from tasks.extraction.read_lines import read_lines

POSITIVES = "DRUG-AE.rel"
NEGATIVES = "ADE-NEG.txt"
FIELDS = "PMID, sentence, effect, its begin and end, drug, its begin and end"
POSITIVE_LINE = re.compile(
    r"(\d+)\|([^|]+)\|([^|]*[^|\s][^|]*)\|(\d+)\|(\d+)\|([^|]*[^|\s][^|]*)\|(\d+)\|(\d+)", re.ASCII
)
NEGATIVE_LINE = re.compile(r"(\d+) NEG (\S.*)", re.ASCII)


class AdeCorpusError(DistilleryError):
    """A file is none of the ADE corpus's; the message names file and line and says what was expected."""


class _RefusedError(Exception):
    """A relation can not be placed in its sentence; the message is the reason."""


@dataclass(frozen=True, slots=True)
class _Mention:
    """A string and its offsets in the document, end exclusive; white space around it is no part of either."""

    name: str
    begin: int
    end: int

    @classmethod
    def trimmed(cls, field: str, begin: str, end: str) -> "_Mention":
        before, after = len(field) - len(field.lstrip()), len(field) - len(field.rstrip())
        return cls(field.strip(), int(begin) + before, int(end) - after)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of ``DRUG-AE.rel``."""

    key: str
    pmid: int
    text: str
    event: _Mention
    drug: _Mention

    def relation(self, sentence_begin: int) -> Relation:
        drug, event = (
            Span(mention.begin - sentence_begin, mention.end - sentence_begin) for mention in (self.drug, self.event)
        )
        return Relation(drug, event)


def read_ade_corpus(folder: Path) -> Gold:
    """Read ``DRUG-AE.rel`` and ``ADE-NEG.txt``.

    The text at every span is the mention that the file names, less white space around it. All relations of a sentence
    become one example. Its drugs are those of its relations: the corpus marks no others, so sentences without adverse
    events come without drugs. Where one relation can not be placed, all of the sentence's are refused: predictions
    would be judged by labels that are known to be incomplete.

    Returns:
        Examples as in ``ADE_SCHEMA``, those with relations first, in the files' order. Keys read ``DRUG-AE.rel line 3``
        (conflicts name the sentence's first line).

    Raises:
        AdeCorpusError: a file is missing, empty or not of the corpus's format.
    """
    by_sentence: dict[tuple[int, str], list[_Line]] = {}
    for line in _read_positives(folder / POSITIVES):
        by_sentence.setdefault((line.pmid, line.text), []).append(line)
    read: list[tuple[str, dict[str, Any]]] = []
    refused: list[tuple[str, str]] = []
    left_out: set[str] = set()
    for (pmid, text), lines in by_sentence.items():
        relations, reasons = _place(lines)
        if reasons:
            left_out.add(text)
            refused += reasons
        else:
            read.append((lines[0].key, ade_example(text, (), relations, pmid=pmid)))
    for key, pmid, text in _read_negatives(folder / NEGATIVES):
        if text in left_out:
            refused.append((key, f"the sentence has relations in {POSITIVES}, which were refused"))
        else:
            read.append((key, ade_example(text, (), (), pmid=pmid)))
    return one_per_sentence(read, refused, ADE_SCHEMA, {pmid for pmid, _ in by_sentence})


def _read_positives(path: Path) -> Iterator[_Line]:
    for number, line in enumerate(read_lines(path, AdeCorpusError), start=1):
        match = POSITIVE_LINE.fullmatch(line)
        if match is None:
            raise AdeCorpusError(f"{path} line {number}: expected 8 fields with | between them ({FIELDS})")
        pmid, text, event, event_begin, event_end, drug, drug_begin, drug_end = match.groups()
        yield _Line(
            key=f"{path.name} line {number}",
            pmid=int(pmid),
            text=text,
            event=_Mention.trimmed(event, event_begin, event_end),
            drug=_Mention.trimmed(drug, drug_begin, drug_end),
        )


def _read_negatives(path: Path) -> Iterator[tuple[str, int, str]]:
    """Yield key, PMID and sentence."""
    for number, line in enumerate(read_lines(path, AdeCorpusError), start=1):
        match = NEGATIVE_LINE.fullmatch(line)
        if match is None:
            raise AdeCorpusError(f"{path} line {number}: expected PMID, NEG and a sentence with spaces between them")
        yield f"{path.name} line {number}", int(match[1]), match[2]


def _place(lines: list[_Line]) -> tuple[list[Relation], list[tuple[str, str]]]:
    """Return the relations of a sentence, or else why each of its lines is refused: key and reason."""
    possible: list[set[int]] = []
    reasons: dict[str, str] = {}
    for line in lines:
        try:
            possible.append(_sentence_begins(line))
        except _RefusedError as error:
            reasons[line.key] = str(error)
    if not reasons:
        # A document may hold the sentence twice: then no begin fits all lines, and each goes by its own.
        common = set.intersection(*possible)
        possible = [common or begins for begins in possible]
        reasons = {
            line.key: f"{len(begins)} places of the sentence fit the offsets"
            for line, begins in zip(lines, possible, strict=True)
            if len(begins) > 1
        }
    if reasons:
        other = f"the sentence's relation of {next(iter(reasons))} was refused"
        return [], [(line.key, reasons.get(line.key, other)) for line in lines]
    return [line.relation(min(begins)) for line, begins in zip(lines, possible, strict=True)], []


def _sentence_begins(line: _Line) -> set[int]:
    """Return where in its document the sentence may begin, so that both mentions stand where the line says.

    Raises:
        _RefusedError: there is no such place.
    """
    fitting: list[set[int]] = []
    for mention in (line.drug, line.event):
        places = [match.start() for match in re.finditer(f"(?={re.escape(mention.name)})", line.text)]
        if not places:
            raise _RefusedError(f"{mention.name!r} does not stand in the sentence")
        if mention.end - mention.begin != len(mention.name):
            raise _RefusedError(
                f"{mention.name!r} has {len(mention.name)} characters, not those from {mention.begin} to {mention.end}"
            )
        fitting.append({mention.begin - place for place in places})
    begins = fitting[0] & fitting[1]
    if not begins:
        apart = line.event.begin - line.drug.begin
        raise _RefusedError(
            f"{line.drug.name!r} and {line.event.name!r} are nowhere {apart} characters apart in the sentence"
        )
    return begins
