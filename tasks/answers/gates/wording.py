"""Words as the gates compare them: content words without endings, abbreviations, numbers."""

import re
import tomllib
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
NUMBER = re.compile(r"(?<![\w.])(?<!\w[-–])(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:[.·]\d+)?|\.\d+)(?!\w)")
RANGE = re.compile(r"(?<=\d)\s*[-–—]\s*(?=[\d.])")
UNIT = re.compile(r"(?<=\d)(?=(?:%|[a-zµμ°]+\b))")
"""Where a unit follows a number without a blank (40mg, 5%)."""

LISTS: dict[str, str] = tomllib.loads(Path(__file__).with_name("word_lists.toml").read_text(encoding="utf-8"))


def word_list(name: str) -> list[str]:
    """Return a list of ``word_lists.toml``."""
    return LISTS[name].split()


FUNCTION_WORDS = frozenset(word_list("function"))
FRAME_WORDS = frozenset(word_list("frame"))
"""Words that speak of evidence, not of what it is about."""
SPELLED = {word: value for value, word in enumerate(word_list("units"))} | {
    word: 10 * value for value, word in enumerate(word_list("tens"), 3)
}

ENDING = re.compile(
    r"(?:isations?|izations?|ations?|ities|ness|ments?|ically|ically|edly|ingly|ively|ably|ies|ied|ions?|ings?|ives?|"
    r"able|ally|ance|ence|ants?|ers?|ors?|als?|ity|est|ed|es|ic|ly|al|s|e|y)$"
)
SHORTEST_STEM = 4


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, digits and letters alike."""
    return [word.lower() for word in WORD.findall(text)]


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """Return a word in lower case without its endings, so that reduces, reduced and reduction are one.

    Words with digits, which name genes and drugs, stay as they are.
    """
    if not word.isalpha() or len(word) <= SHORTEST_STEM:
        return word.removesuffix("s") if len(word) == SHORTEST_STEM and not word.endswith("ss") else word
    for _ in range(2):
        shorter = ENDING.sub("", word)
        if len(shorter) < SHORTEST_STEM:
            shorter = word.removesuffix("s") if not word.endswith("ss") else word
        word = f"{shorter[:-1]}t" if shorter.endswith("nc") else shorter
    return word.removesuffix("t") if word.endswith("ct") and len(word) > SHORTEST_STEM else word


FRAME_STEMS = frozenset(map(stem, FRAME_WORDS))


def content(text: str) -> list[str]:
    """Return the stems of a text's content words, in their order: neither function words nor numbers alone."""
    return [stem(word) for word in words(text) if word not in FUNCTION_WORDS and not word.isdigit()]


def numbers(text: str) -> set[float]:
    """Return the numbers that a text gives in digits; those within names (CYP2D6, IL-6) are none."""
    spaced = UNIT.sub(" ", RANGE.sub(" to ", text))
    return {float(match.group().replace(",", "").replace("·", ".")) for match in NUMBER.finditer(spaced)}


def numbers_and_spelled(text: str) -> set[float]:
    """Return the numbers that a text gives in digits or, up to ninety-nine, in words."""
    said = words(text)
    spelled = [float(SPELLED[word]) for word in said if word in SPELLED]
    tens = [
        float(SPELLED[first] + SPELLED[second])
        for first, second in pairwise(said)
        if SPELLED.get(first, 0) >= 20 and 0 < SPELLED.get(second, 0) < 10
    ]
    return numbers(text) | set(spelled) | set(tens)


def grams(text: str, size: int) -> list[tuple[str, ...]]:
    """Return every run of so many words of a text."""
    said = words(text)
    return [tuple(said[start : start + size]) for start in range(len(said) - size + 1)]


def abbreviations(text: str) -> set[str]:
    """Return what a text's neighbouring content words abbreviate to, by first letters, two to six of them, lower case.

    "esophageal squamous cell carcinoma" gives escc, and esc, scc, es, ...
    """
    initials = "".join(word[0] for word in words(text) if word not in FUNCTION_WORDS)
    return {initials[start : start + size] for size in range(2, 7) for start in range(len(initials) - size + 1)}
