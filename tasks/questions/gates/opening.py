"""How an English question opens: with an auxiliary, with a question word, or with neither."""

import re
from enum import Enum

from tasks.questions.gates.content_words import AUXILIARIES, QUESTION_WORDS, words_of

CLAUSE = re.compile(r"[,;:]\s+|\s*(?:--+|[–—])\s+|\s*(?:--+|—)\s*|\s-\s")
FRONTED = frozenset(
    words_of(
        "in among amongst for after before during with without when if although though compared given as "
        "unlike despite beyond besides since while at by on to under within following once because even "
        "apart following outside relative other instead provided considering regarding concerning between "
        "from until upon against beside over through throughout across whereas unless both"
    )
)
"""Words that open what may stand before the question proper."""
LEADING = frozenset(words_of("and but so then thus also however moreover conversely"))
WORD = re.compile(r"[^\s,;:?!.\"'()]+")


class Opening(Enum):
    """What a question opens with."""

    AUXILIARY = "auxiliary"
    QUESTION_WORD = "question word"
    NEITHER = "neither"


def opening(question: str) -> Opening:
    """Return what a question in lower case opens with, past a fronted phrase: In adults with asthma, does ...?"""
    clauses = [WORD.findall(clause) for clause in CLAUSE.split(question)]
    clauses = [clause for clause in clauses if clause]
    if not clauses:
        return Opening.NEITHER
    first = clauses[0][1:] if clauses[0][0] in LEADING else clauses[0]
    opened = _opens(first)
    if opened is not Opening.NEITHER and not (first[0] in FRONTED and _goes_on(clauses[1:])):
        return opened
    for clause in clauses[1:]:
        opened = _opens(clause)
        if opened is not Opening.NEITHER:
            return opened
    return _within(first) if first and first[0] in FRONTED else Opening.NEITHER


def _opens(clause: list[str]) -> Opening:
    """What a clause opens with; to what and from where open it, too, and when only if an auxiliary follows."""
    if not clause:
        return Opening.NEITHER
    head, following = clause[0], clause[1:2]
    if head == "when":
        return Opening.QUESTION_WORD if following and following[0] in AUXILIARIES else Opening.NEITHER
    if head in AUXILIARIES:
        return Opening.AUXILIARY
    if head in QUESTION_WORDS:
        return Opening.QUESTION_WORD
    asks = head in FRONTED | {"of"} and following and following[0] in ("what", "which", "whom", "whose", "how", "where")
    return Opening.QUESTION_WORD if asks else Opening.NEITHER


def _goes_on(clauses: list[list[str]]) -> bool:
    return any(_opens(clause) is Opening.AUXILIARY for clause in clauses)


def _within(clause: list[str]) -> Opening:
    """What a clause with a fronted phrase and no comma comes to: In adults with asthma does ...?"""
    for word in clause:
        if word in AUXILIARIES:
            return Opening.AUXILIARY
        if word in QUESTION_WORDS - {"who", "whose", "when", "where", "which"}:
            return Opening.QUESTION_WORD
    return Opening.NEITHER
