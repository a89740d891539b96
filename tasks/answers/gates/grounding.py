"""Gates: what an answer says stands in the evidence that it was written from."""

import re

from tasks.answers.gates.case import Case
from tasks.answers.gates.settings import AnswerGates
from tasks.answers.gates.wording import FRAME_STEMS, content, numbers, words

ALTERNATIVES = re.compile(r"\b(?:or|between|versus|vs)\b", re.IGNORECASE)
FEWEST_WORDS = 4


def refuse_ungrounded_words(case: Case, settings: AnswerGates) -> str | None:
    """Refuse an answer of whose content words too few stand in evidence or question, whatever their endings."""
    said = [word for word in content(case.long_answer) if word not in FRAME_STEMS]
    share = sum(word in case.known for word in said) / len(said) if said else 0.0
    is_told = len(said) >= FEWEST_WORDS or share == 0
    return "too few of its words stand in the evidence" if is_told and share < settings.least_grounded else None


def refuse_foreign_numbers(case: Case, settings: AnswerGates) -> str | None:
    """Refuse a number in digits that neither evidence nor question holds, in digits or in words."""
    del settings
    said = numbers(f"{case.long_answer} {case.short_answer or ''}")
    return None if said <= case.known_numbers else "a number that the evidence does not hold"


def refuse_foreign_short_answer(case: Case, settings: AnswerGates) -> str | None:
    """Refuse a short answer, or an entry of a list, that does not stand in the evidence word for word.

    An answer that stands in the question is none, unless the question names what to choose from.
    """
    del settings
    if case.short_answer is None:
        return None
    shown, question = _phrase(case.evidence), _phrase(case.question)
    for entry in case.short_answer.split("; "):
        phrase = _phrase(entry)
        if not phrase.strip() or phrase not in shown:
            return "a short answer that does not stand in the evidence"
        if phrase in question and not ALTERNATIVES.search(case.question):
            return "a short answer that stands in the question"
    return None


def refuse_uncited(case: Case, settings: AnswerGates) -> str | None:
    """Refuse an answer that was to name the passages that it used, and names none."""
    del settings
    return "it names no passage that it used" if case.cites and not case.cited else None


def _phrase(text: str) -> str:
    """Return the words of a text between blanks, without an article before them, so that phrases are looked up."""
    said = words(text)
    while len(said) > 1 and said[0] in ("a", "an", "the"):
        said = said[1:]
    return f" {' '.join(said)} "
