"""The gate of the language asked for."""

from functools import cache
from typing import get_args

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from tasks.questions.gates.asked import Asked
from tasks.questions.gates.settings import Gates, Language

LEAST_PROBABLE = 0.02
"""A question of drug names has few words that tell a language: only what is almost surely another is refused."""


def in_another_language(asked: Asked, gates: Gates) -> str | None:
    """Refuse what is almost surely not in the language that the settings ask for."""
    if gates.language is None:
        return None
    probability = dict(_identifier().rank(asked.question))[gates.language]
    return "not in the language asked for" if probability < LEAST_PROBABLE else None


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(get_args(Language))
    return identifier
