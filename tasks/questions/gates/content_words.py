"""Words of a text, those of them that carry its content, and their stems."""

import re
from collections.abc import Iterable
from functools import lru_cache

import snowballstemmer

# Chinese characters and kana are words of their own: nothing stands between them.
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
ASCII_WORD = re.compile(r"[A-Za-z0-9]+")


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are written; hyphens and apostrophes part them."""
    return (ASCII_WORD if text.isascii() else WORD).findall(text)


AUXILIARIES = frozenset(
    words_of(
        "is are was were am isn aren wasn weren do does did don doesn didn has have had hasn haven hadn "
        "can could cannot couldn may might must shall should shouldn will would won wouldn mustn"
    )
)
QUESTION_WORDS = frozenset(words_of("what which who whom whose when where why how"))
FUNCTION_WORDS = (
    AUXILIARIES
    | QUESTION_WORDS
    | frozenset(
        words_of(
            "a an the this that these those there here it its they them their he she his her him we us our i "
            "me my you your be been being of in on at to for from by with within into onto upon about among "
            "amongst between during after before since until as than per via through over under and or but if "
            "whether while so such also too any some all both each either more most less very"
        )
    )
)
"""What ties content together. Negations are content: with and without are two questions."""
BRITISH = re.compile(r"ae|oe|(?<=tum|col|lab|hum|fav|avi)our|yse|is(?=e[ds]?\b|ing\b|ation)")
AMERICAN = {"ae": "e", "oe": "e", "our": "or", "yse": "yze", "is": "iz"}
KNOWN = 200_000
_STEMMER = snowballstemmer.stemmer("english")


def content_stems(words: Iterable[str]) -> list[str]:
    """Return the stems of the content words among words in lower case, in their order."""
    return [stem(word) for word in words if word not in FUNCTION_WORDS]


@lru_cache(KNOWN)
def stem(word: str) -> str:
    """Return what a word in lower case is the same word by: inflection and British spelling aside."""
    if len(word) < 4 or not word.isalpha():
        return word
    return str(_STEMMER.stemWord(BRITISH.sub(lambda found: AMERICAN[found[0]], word)))
