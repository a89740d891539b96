"""Gates: an answer is whole, of the right length, and speaks of the subject; and its decision is sure enough."""

import re

from tasks.answers.gates.case import Case
from tasks.answers.gates.settings import AnswerGates
from tasks.answers.gates.wording import FRAME_WORDS, FUNCTION_WORDS, words
from tasks.kinds import Kind

MARKUP = re.compile(
    r"[{}\\`|\x00-\x1f\x7f\ufffd]|[<>](?!\s*[=\d.])|\*\*|##|\]\(|https?://|&\w+;|\$\w|"
    r"\b(?:long_answer|short_answers?|evidence_sentence)\b"
)
DANGLING = re.compile(
    r"(?:[,;:(\-–]|\b(?:and|or|but|nor|the|an|of|at|from|with|than|that|which|who|their|its|between|because|when|while|"
    r"whether|if))\W*$",
    re.IGNORECASE,
)
OF_ITSELF = re.compile(
    r"\b(?:as an? (?:\w+ )?(?:ai|assistant)\b|(?:large |small )?language model|my training|i(?:'m| am) (?:sorry|unable|"
    r"not able)|i (?:can(?:not|'t| not)|do(?:n't| not)) (?:answer|know|have|provide|give|access)|json|the prompt|"
    r"the (?:long|short) answer|the user|your question|the examples? (?:above|given))\b",
    re.IGNORECASE,
)


def refuse_unless_whole(case: Case, settings: AnswerGates) -> str | None:
    """Refuse what is marked up, breaks off, or is too short or too long."""
    text = case.long_answer
    if MARKUP.search(text) or (case.short_answer and MARKUP.search(case.short_answer)):
        return "holds markup"
    count = len(words(text))
    if count < settings.fewest_words:
        return "too short"
    if count > settings.most_words:
        return "too long"
    return "breaks off" if DANGLING.search(text.rstrip(".!? ")) else None


def refuse_without_substance(case: Case, settings: AnswerGates) -> str | None:
    """Refuse an answer that says nothing but that it is one, and one that speaks of the model or what it was told."""
    del settings
    if OF_ITSELF.search(case.long_answer.replace("’", "'")):
        return "speaks of the model or its prompt"
    said = [word for word in words(case.long_answer) if word not in FUNCTION_WORDS and word not in FRAME_WORDS]
    return None if said else "says nothing"


def refuse_unsure(case: Case, settings: AnswerGates) -> str | None:
    """Refuse a decision that is less probable than it is to be."""
    if case.kind != Kind.YES_NO or not settings.least_probability:
        return None
    if case.probability is None:
        return "the server does not tell how probable the decision is"
    return "the decision is too unsure" if case.probability < settings.least_probability else None
