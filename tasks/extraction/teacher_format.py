"""The lines a teacher writes about a sentence: ``drug: event | event``, ``drug: none``, or ``none`` alone.

A line has one ``": "`` and is divided there. Names hold colons now and then ("adrenaline 1:1000" may, "methyl G: CALGB"
stands in the ADE corpus); where a line has two ``": "`` nothing tells which one divides it, so it is malformed, and a
name with one can not be written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tasks.errors import DistilleryError
from tasks.extraction.examples import Relation, Span

NONE = "none"
AROUND_NONE = "-*`'\". "
FENCE = "```"


class TeacherFormatError(DistilleryError):
    """A name can not stand in the format."""


@dataclass(frozen=True, slots=True)
class DrugEvents:
    """What one line says: a drug and the adverse events it caused, none or more, as they are spelled there."""

    drug: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that is not of the format, and why."""

    line: str
    reason: str


@dataclass(frozen=True, slots=True)
class TeacherAnswer:
    """The lines of an answer.

    ``says_none`` where it says in so many words that the sentence names no drug. An answer that neither does nor names
    one is none of the format, and says nothing about the sentence.
    """

    drugs: tuple[DrugEvents, ...]
    malformed: tuple[Malformed, ...]
    says_none: bool = False

    @property
    def readable(self) -> bool:
        """Whether a line of it is of the format."""
        return self.says_none or bool(self.drugs)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The drug and event of every relation."""
        return [(line.drug, event) for line in self.drugs for event in line.events]


class _MalformedError(Exception):
    """A line is not of the format; the message is the reason."""


def parse_answer(answer: str) -> TeacherAnswer:
    """Parse an answer line by line; empty lines, fences of code and spaces around names say nothing; "None." is none.

    An event that a line names twice, whatever its case, is kept once. A drug named on two lines, an answer that is
    empty, and ``none`` beside drugs are malformed.
    """
    lines = [line.strip() for line in answer.split("\n") if line.strip() and not line.strip().startswith(FENCE)]
    if not lines:
        return TeacherAnswer((), (Malformed("", "the answer is empty"),))
    drugs: dict[str, DrugEvents] = {}
    malformed: list[Malformed] = []
    nones = [line for line in lines if _is_none(line.strip(AROUND_NONE))]
    for line in lines:
        if line in nones:
            continue
        try:
            parsed = _parse_line(line)
            if drugs.setdefault(parsed.drug.casefold(), parsed) is not parsed:
                raise _MalformedError("a line above names the same drug")
        except _MalformedError as error:
            malformed.append(Malformed(line, str(error)))
    if drugs:
        malformed += (Malformed(line, f"{NONE} stands beside other lines") for line in nones)
    return TeacherAnswer(tuple(drugs.values()), tuple(malformed), says_none=bool(nones) and not drugs)


def write_answer(drugs: Iterable[DrugEvents]) -> str:
    """Return the answer that ``parse_answer`` reads as ``drugs``.

    Raises:
        TeacherFormatError: there is none, since a name holds ``": "``, ``|`` or a line break, or there is a drug twice.
    """
    given = tuple(drugs)
    answer = "\n".join(f"{line.drug}: {' | '.join(line.events or (NONE,))}" for line in given) or NONE
    parsed = parse_answer(answer)
    if parsed != TeacherAnswer(given, (), says_none=not given):
        wrong = next((line.line for line in parsed.malformed), answer)
        raise TeacherFormatError(f"expected names that a line can hold as 'drug: event | event', found {wrong!r}")
    return answer


def labelled_answer(text: str, drugs: Sequence[Span], relations: Sequence[Relation]) -> str:
    """Return the answer that says what a sentence's labels say, to show a teacher; names that differ in case are one.

    Raises:
        TeacherFormatError: a mention can not stand in the format.
    """
    names: dict[str, str] = {}
    events: dict[str, dict[str, str]] = {}
    for span in sorted(drugs):
        name = text[span.start : span.end]
        names.setdefault(name.casefold(), name)
        events.setdefault(name.casefold(), {})
    for drug, event in sorted(relations):
        name = text[event.start : event.end]
        events[text[drug.start : drug.end].casefold()].setdefault(name.casefold(), name)
    return write_answer(DrugEvents(name, tuple(events[key].values())) for key, name in names.items())


def _parse_line(line: str) -> DrugEvents:
    """Return what a line says.

    Raises:
        _MalformedError: it is not of the format.
    """
    parts = line.split(": ")
    if len(parts) != 2:
        raise _MalformedError("no ': ' after a drug" if len(parts) == 1 else "more than one ': '")
    drug, rest = (part.strip() for part in parts)
    if not drug or _is_none(drug):
        raise _MalformedError("no drug before ': '")
    if "|" in drug:
        raise _MalformedError("| in a drug's name")
    events = [event.strip() for event in rest.split("|")]
    if "" in events:
        raise _MalformedError("an event is empty")
    if len(events) == 1 and _is_none(events[0]):
        return DrugEvents(drug, ())
    if any(_is_none(event) for event in events):
        raise _MalformedError(f"{NONE} stands beside events")
    kept: dict[str, str] = {}
    for event in events:
        kept.setdefault(event.casefold(), event)
    return DrugEvents(drug, tuple(kept.values()))


def _is_none(name: str) -> bool:
    return name.casefold() == NONE
