"""Evidence: passages as a model is shown them, each under its PMID; answers are asked and records written from it."""

from collections.abc import Sequence
from typing import NamedTuple


class Passage(NamedTuple):
    """An article that is shown."""

    pmid: int
    title: str
    abstract: str


def shown_passages(passages: Sequence[Passage], context_words: int) -> list[str]:
    """Return each passage as it is shown: "[PMID] title", and the abstract below.

    Args:
        passages: the source first, which is shown whole, then its contexts.
        context_words: words of title and abstract together that are shown of each context; 0 shows none of them.
    """
    source, *contexts = passages
    whole = f"[{source.pmid}] {source.title}\n{source.abstract}"
    return [whole, *(_begun(context, context_words) for context in contexts if context_words)]


def evidence_text(passages: Sequence[Passage], context_words: int) -> str:
    """Return the passages as they are shown, a blank line between; see ``shown_passages``."""
    return "\n\n".join(shown_passages(passages, context_words))


def _begun(context: Passage, words: int) -> str:
    return f"[{context.pmid}] {' '.join(f'{context.title} {context.abstract}'.split()[:words])}"
