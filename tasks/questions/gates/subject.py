"""The gate of the subject: a question is about its article."""

from tasks.questions.gates.asked import Asked
from tasks.questions.gates.content_words import content_stems, words_of
from tasks.questions.gates.settings import Gates

LEAST_IN_COMMON = 5
"""Letters from which two stems are of one word family: hypertens and hypertensive."""
OF_ANY_ARTICLE = frozenset(
    content_stems(
        words_of(
            "patient patients people adult adults child children women men risk effect effects role treatment "
            "therapy disease clinical outcome outcomes associated association increase increased increases "
            "decrease reduce reduces reduced improve improves improved compared cause causes affect high "
            "higher low lower level levels not no without significant significantly effective use used using "
            "main important factors years"
        )
    )
)


def off_the_subject(asked: Asked, gates: Gates) -> str | None:
    """Refuse a question too few of whose content words stand in its article.

    Words that may stand in any article count for nothing, unless the question has no others.
    """
    stems = set(asked.stems)
    telling = stems - OF_ANY_ARTICLE or stems
    if not telling:
        return "asks of nothing"
    share = sum(_stands_in(stem, asked.article_stems) for stem in telling) / len(telling)
    return "not about its article's subject" if share < gates.least_on_subject else None


def _stands_in(stem: str, stems: str) -> bool:
    """Whether a stem, or one that begins with it, is among spaced stems; a short one and a name count whole."""
    if len(stem) < LEAST_IN_COMMON or not stem.isalpha():
        return f" {stem} " in stems
    return f" {stem}" in stems
