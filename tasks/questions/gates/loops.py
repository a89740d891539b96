"""Gates of what goes round in circles: loops of words, and questions whether a thing is itself."""

import re
from collections import Counter

from tasks.questions.gates.asked import Asked
from tasks.questions.gates.content_words import FUNCTION_WORDS, content_stems, words_of
from tasks.questions.gates.settings import Gates

LONGEST_LOOP = 6
GRAM, MOST_OF_ONE_GRAM = 4, 2
FEWEST_TO_COUNT, LEAST_DIFFERENT = 16, 0.4
DOUBLED = frozenset({"that", "had"})
IS_A = re.compile(
    r"^(?:is|are|was|were) (.+?) "
    r"(?:(?:an?|the) (?:type|kind|form|sort|subtype|example)s? of(?: an?| the)?|an?|the same as) (.+)\?$"
)
RELATES = frozenset(
    content_stems(
        words_of(
            "cause causes associated association linked link related relate relation relationship role effect "
            "affect result lead leads type kind form same correlated correlate correlation connected equal "
            "mean means involved important significant significantly really truly actually"
        )
    )
)


def repeats_itself(asked: Asked, gates: Gates) -> str | None:
    """Refuse words or runs of words that are said again and again."""
    words = asked.words
    if _stutters(words) or _one_gram_over_and_over(words):
        return "repeats itself"
    few = len(words) >= FEWEST_TO_COUNT and len(set(words)) < LEAST_DIFFERENT * len(words)
    return "repeats itself" if few else None


def asks_of_itself(asked: Asked, gates: Gates) -> str | None:
    """Refuse a question whether a thing is, causes or is linked with itself."""
    terms = [stem for stem in asked.stems if stem not in RELATES]
    half, odd = divmod(len(terms), 2)
    twice = len(terms) > 1 and (len(set(terms)) == 1 or (not odd and terms[:half] == terms[half:]))
    return "asks whether a thing is itself" if twice or _is_its_own_kind(asked.plain) else None


def _is_its_own_kind(question: str) -> bool:
    found = IS_A.match(question)
    if not found:
        return False
    thing, kind = (content_stems(words_of(part)) for part in found.groups())
    return bool(kind) and thing[-len(kind) :] == kind


def _stutters(words: list[str]) -> bool:
    for size in range(1, LONGEST_LOOP + 1):
        for start in range(len(words) - 2 * size + 1):
            run = words[start : start + size]
            if run == words[start + size : start + 2 * size] and _is_a_loop(run, words[start + 2 * size :]):
                return True
    return False


def _is_a_loop(run: list[str], after: list[str]) -> bool:
    """Whether a run that is said twice is said too often; single names, numbers and letters may stand twice."""
    if len(run) > 1:
        return any(len(word) > 1 and word.isalpha() for word in run)
    thrice = after[:1] == run
    return (run[0] in FUNCTION_WORDS and len(run[0]) > 1 and run[0] not in DOUBLED) or (thrice and run[0].isalpha())


def _one_gram_over_and_over(words: list[str]) -> bool:
    grams = Counter(tuple(words[start : start + GRAM]) for start in range(len(words) - GRAM + 1))
    return any(count > MOST_OF_ONE_GRAM for count in grams.values())
