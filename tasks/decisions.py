"""The three decisions of PubMedQA, which models answer with and are judged by, and how they are read in what is said.

Reading is strict, since a reply that is misread flatters: yes is PubMedQA's most frequent decision, and a model that
declines to answer would be right in more than half of the items.
"""

import re
from typing import Literal, cast

Decision = Literal["yes", "no", "maybe"]
DECISIONS: tuple[Decision, ...] = ("yes", "no", "maybe")
READER = 3
"""The version of ``read_decision``; part of the recipes of what is read by it."""

WORD = re.compile(r"\b(yes|no|maybe)\b", re.IGNORECASE)
LEADING = re.compile(r"\W*(yes|no|maybe)\b", re.IGNORECASE)
STATED = re.compile(r"\b(?:answer|decision|verdict)\b(?:\s*\([^)\n]*\))?\W*(:|\bis\b)", re.IGNORECASE)
CLAUSE_END = re.compile(r"[.!?;\n]|\b(?:but|so|therefore|thus|hence)\b", re.IGNORECASE)
SENTENCE_END = re.compile(r"[.!?\n]|$")
LEAD_IN = re.compile(
    r"(?>\W|\b(?:(?:i|we)(?:'d| would)?|say|think|believe|conclude|that|it is|it's|and|then|overall|the|my|our|final|"
    r"best|correct|right|short|answer|decision|verdict|is|boxed|"
    r"(?:based on|given|according to|after|on|in) [^.;:!?\n]*?,)(?!\w))*+",  # atomic: the time stays linear
    re.IGNORECASE,
)
"""All that may stand before a decision in its clause; what else might deny it, doubt it or be someone else's."""
MENTIONED = re.compile(
    r"[\s\"'*`]*(?:\?|-\w|\.?\s*\d|\b(?:is(?! the (?:\w+ )?answer)|isn't|was|wasn't|would|wouldn't|can|cannot|can't|"
    r"could|couldn't|should|may|might|not|nor|or|vs|versus|answers?|questions?|votes?|responses?)\b)",
    re.IGNORECASE,
)
"""After a decision that is spoken about or asked ("yes is not supported", "yes?", "no. 5"), not given."""
ON_ITS_OWN = re.compile(
    r"\W*$|[\"'*`)\]}]*(?:[.,;:!\n]|\s+[-–—(]|[–—]|\s+(?:because|since|as|based|given|according)\b)", re.IGNORECASE
)
"""After a "no" or "maybe" that is a decision; where another word follows, it belongs to that ("no evidence")."""
GOES_ON = re.compile(r"\s+(?:the|it|there|this|these|they|he|she|we|in (?:this|these)|although|while)\b", re.IGNORECASE)
ANOTHER_AFTER = re.compile(
    r"[^\w?]*(?:(?:or|and|nor|but)\b)?[^\w?]*\b(yes|maybe|no(?!\s+(?!(?:or|and|nor)\b)\w))\b", re.IGNORECASE
)
ANOTHER_BEFORE = re.compile(r"\b(yes|no|maybe)[^\w?]*(?:\b(?:or|and|nor|but))?[^\w?]*$", re.IGNORECASE)
REFUSAL = re.compile(
    r"\b(?:can(?:not|'t| not)|unable to|not able to|won't|will not|do(?:es)? not|don't|doesn't|decline to|refuse to)\s+"
    r"(?:\w+\s+){0,3}?(?:answer|say|tell|determine|decide|conclude|provide|give|know|judge|assess|state)\b",
    re.IGNORECASE,
)
FIRST_PERSON = re.compile(r"\b(?:I|we)(?:'m|'re)?\b", re.IGNORECASE)


def read_decision(text: str) -> Decision | None:
    """Return the decision that a text gives: yes, no, maybe, or None.

    Where it says "Answer:" or "the answer is yes", what follows the last of these decides, and if that gives none there
    is none. Otherwise a decision at the very beginning stands, whatever is said after it, and else the only one that
    the text gives. A decision that is denied, refused, doubted, asked or one of several is not given: "not yes", "I
    cannot say yes or no", "the evidence does not say yes" give none; nor does the "no" of "no evidence".
    """
    said = text.replace("’", "'").replace("_", " ")
    statement = _last_statement(said)
    if statement is None:
        return _decide(said)
    return _decide(_value(said, statement)) if _is_led_in(said[: statement.start()]) else None


def _last_statement(said: str) -> re.Match[str] | None:
    """Return the last place that states an answer; "the answer is" alone may be said of anything."""
    statements = [each for each in STATED.finditer(said) if each[1] == ":" or WORD.search(_value(said, each))]
    return statements[-1] if statements else None


def _value(said: str, statement: re.Match[str]) -> str:
    """Return what is stated: the rest of the line, or the next one that holds anything."""
    return said[statement.end() :].strip().partition("\n")[0]


def _decide(said: str) -> Decision | None:
    leading = LEADING.match(said)
    if leading and _begins(said, leading):
        return _decision(leading)
    later = leading.end() if leading else 0
    given = {_decision(match) for match in WORD.finditer(said, later) if _is_given(said, match)}
    return given.pop() if len(given) == 1 else None


def _begins(said: str, match: re.Match[str]) -> bool:
    """Return whether the decision at the very beginning is given."""
    after = said[match.end() :]
    end = SENTENCE_END.search(after)
    sentence = after[: end.start()] if end else after
    refused = REFUSAL.search(sentence) and FIRST_PERSON.search(sentence)
    whole = _decision(match) != "no" or ON_ITS_OWN.match(after) or GOES_ON.match(after)
    return bool(whole) and not (refused or MENTIONED.match(after) or _beside_another(said, match))


def _is_given(said: str, match: re.Match[str]) -> bool:
    after = said[match.end() :]
    if MENTIONED.match(after) or (_decision(match) != "yes" and not ON_ITS_OWN.match(after)):
        return False
    return _is_led_in(said[: match.start()]) and not _beside_another(said, match)


def _is_led_in(before: str) -> bool:
    """Return whether the clause that ends here says nothing but that a decision comes."""
    ends = [match.end() for match in CLAUSE_END.finditer(before)]
    return LEAD_IN.fullmatch(before, ends[-1] if ends else 0) is not None


def _beside_another(said: str, match: re.Match[str]) -> bool:
    """Return whether another decision stands next to this one, as in "yes or no"."""
    after, before = ANOTHER_AFTER.match(said, match.end()), ANOTHER_BEFORE.search(said, 0, match.start())
    return any(each is not None and _decision(each) != _decision(match) for each in (after, before))


def _decision(match: re.Match[str]) -> Decision:
    return cast("Decision", match[1].lower())
