"""Find in a sentence what a teacher says stands there."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from tasks.extraction.examples import Span


class Rule(StrEnum):
    """How a string was found, strictest first."""

    EXACT = "exact"
    CASE = "case"
    NORMALISED = "normalised"


@dataclass(frozen=True, slots=True)
class Located:
    """Where a string stands: one span or more, left to right, none overlapping another, all found by one rule."""

    rule: Rule
    spans: tuple[Span, ...]


def locate(mention: str, text: str) -> Located | None:
    """Return where ``mention`` stands in ``text``, by the first rule that finds it; None where none does.

    The rules: the same characters; the same but for case; the same words, whatever stands between them. Words are runs
    of letters and digits, compared by compatibility decomposition (NFKD) without accents and case. An occurrence that
    cuts a word is none: "iron" does not stand in "environment"; neither does a mention without words. White space
    around the mention is no part of it.
    """
    if not normalised(mention):
        return None
    for rule in Rule:
        spans = _occurrences(mention.strip(), text, rule)
        if spans:
            return Located(rule, spans)
    return None


def normalised(text: str) -> str:
    """Return the words of a text as the last rule compares them, with a space between them."""
    return _fold(text, Rule.NORMALISED)[0].strip(" ")


def _occurrences(mention: str, text: str, rule: Rule) -> tuple[Span, ...]:
    wanted = _wanted(mention, rule)
    folded, origins = _fold(text, rule)
    spans: list[Span] = []
    place = folded.find(wanted)
    while place >= 0:
        end = origins[place + len(wanted) - 1] + 1
        while end < len(text) and _is_mark(text[end]):
            end += 1
        span = Span(origins[place], end)
        # One character may fold into several: an occurrence that ends within them is none.
        found = _wanted(text[span.start : span.end], rule) == wanted and not _cuts_a_word(text, span)
        if found:
            spans.append(span)
        place = folded.find(wanted, place + (len(wanted) if found else 1))
    return tuple(spans)


def _wanted(mention: str, rule: Rule) -> str:
    return normalised(mention) if rule is Rule.NORMALISED else _fold(mention, rule)[0]


def _fold(text: str, rule: Rule) -> tuple[str, list[int]]:
    """Return the text as a rule compares it, and for each of its characters the place in ``text`` it comes from."""
    pairs = [(folded, place) for place, character in enumerate(text) for folded in FOLDS[rule](character)]
    if rule is Rule.NORMALISED:
        pairs = [pair for before, pair in pairwise([(" ", 0), *pairs]) if before[0] + pair[0] != "  "]
    return "".join(folded for folded, _ in pairs), [place for _, place in pairs]


def _bare(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(part if part.isalnum() else " " for part in decomposed if not _is_mark(part))


def _cuts_a_word(text: str, span: Span) -> bool:
    inner = [edge for edge in span if 0 < edge < len(text)]
    return any(_ends_in_a_word(text[:edge]) and (text[edge].isalnum() or _is_mark(text[edge])) for edge in inner)


def _ends_in_a_word(text: str) -> bool:
    """Return whether a text's last character, or the one that its last marks stand on, is a letter or digit."""
    base = next((character for character in reversed(text) if not _is_mark(character)), " ")
    return base.isalnum()


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


FOLDS: dict[Rule, Callable[[str], str]] = {Rule.EXACT: str, Rule.CASE: str.casefold, Rule.NORMALISED: _bare}
