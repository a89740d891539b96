"""Gates of form: a bounded length, no debris of formats, and one question with nothing around it."""

import re

from tasks.questions.gates.asked import Asked
from tasks.questions.gates.content_words import words_of
from tasks.questions.gates.settings import Gates
from tasks.visible import UNSEEN

QUESTION_MARKS = "?？؟"
BROKEN = re.compile(
    r"[\n\r\t\ufffd\\{}]|(\S)\1{7}|"  # control characters that text may hold, JSON and LaTeX, one letter over and over
    r"</?[a-z][^<>]*>|<[|!]|\|>|&(?:[a-z]{2,8}|#\d+);|"  # tags of HTML and of models, entities
    r"\*\*|__|```|(?:^|\s)#+\s|\]\(|\[/?inst\]|https?:|www\.|"  # Markdown, turns of a conversation, addresses
    r"\$[^$\d][^$]*\$|[\^_]\{",
    re.IGNORECASE,
)
DECLINES = re.compile(
    r"\W*(?:(?:i'm |i am )?(?:very )?sorry|i (?:cannot|can't|can not|am unable|am not able|apologi[sz]e|do not have|"
    r"don't have)|unfortunately|as an? (?:ai|language model|assistant))\b"
)
ADDRESSES = re.compile(
    r"\b(?:(?:can|could|would|will|do|did|are|have) you|"
    r"(?:please|kindly) (?:provide|tell|explain|describe|give|answer)|"
    r"(?:tell|give|show|help) me|let (?:me|us)|let's|i (?:would|want|need|will|think|can)|i'(?:d|m|ll|ve)|may i|"
    r"your (?:question|answer|request|help))\b"
)
LABEL = re.compile(
    r"^\W*(?:(?:(?:yes/no|clinical|research|main|final|generated|next|new|possible|biomedical|medical) )*"
    r"(?:questions?|q|answers?|a|title|abstract|output|response|task|note|example|generator|assistant|user)"
    r"(?: ?#?\d+)? ?(?:[:=]| - |\)|\.(?= ))|\(?\d{1,2}\)? ?[.):]\s|[ivx]+[.)] |[a-z]\) |[-*>#•–—] )"
)
ANNOUNCES = re.compile(
    r"^\W*(?:sure|certainly|of course|okay|ok|absolutely|great|here(?:'s| is| are)|the following|"
    r"one (?:possible )?question|"
    r"(?:a|the|my|this|our) (?:[\w/-]+ ){0,3}questions? (?:is|are|would be|could be|that|for|to ask)|"
    r"(?:based on|according to|given|from) (?:the|this|these) "
    r"(?:abstract|article|study|text|title|passage|information|results?|findings))\b"
)
ABBREVIATED = frozenset(
    words_of(
        "vs cf al eg ie etc dr st mr mrs prof no nos fig approx ca resp spp sp subsp var ssp cv max min incl excl dept"
    )
)
INITIALS = re.compile(r"[^\W\d](?:\.[^\W\d])*")
"""What a point may stand behind without ending a sentence: E. coli."""
SENTENCE = re.compile(r"([\w.%)\]]+?)[.!]+[\"')\]]*\s+(?=[\"'(]?[A-ZÀ-Þ])")


def too_long_or_short(asked: Asked, gates: Gates) -> str | None:
    """Refuse what was cut off or is out of bounds."""
    if asked.finish_reason == "length":
        return "cut off"
    if len(asked.question) > gates.most_characters:
        return "too long"
    if len(asked.words) < gates.fewest_words:
        return "too short"
    return "too long" if len(asked.words) > gates.most_words else None


def holds_debris(asked: Asked, gates: Gates) -> str | None:
    """Refuse control characters and the marks of HTML, Markdown, JSON, LaTeX and chat templates."""
    broken = UNSEEN.search(asked.question) or BROKEN.search(asked.question)
    return "holds control characters or markup" if broken else None


def declines(asked: Asked, gates: Gates) -> str | None:
    """Refuse what a model says instead of asking, and what it asks of the person before it."""
    if DECLINES.match(asked.plain):
        return "the model declines"
    return "speaks to someone" if ADDRESSES.search(asked.plain) else None


def not_one_question(asked: Asked, gates: Gates) -> str | None:
    """Refuse what does not end with its only question mark, and what has a label or a sentence before it."""
    marks = sum(asked.question.count(mark) for mark in QUESTION_MARKS)
    if marks != 1 or asked.question.rstrip()[-1:] not in QUESTION_MARKS:
        return "not one question"
    if LABEL.match(asked.plain) or ANNOUNCES.match(asked.plain) or _sentence_before(asked.question):
        return "more than the question"
    return None


def _sentence_before(question: str) -> bool:
    ends = (found[1].lower().strip("()[]") for found in SENTENCE.finditer(question))
    return any(word not in ABBREVIATED and not INITIALS.fullmatch(word) for word in ends)
