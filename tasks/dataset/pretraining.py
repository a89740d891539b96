"""Passages for continued pre-training: each holds an abstract whole that no other one holds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tasks.dataset.conversations import too_long
from tasks.evidence import Passage
from tasks.tokens import Tokens


@dataclass(frozen=True, slots=True)
class PlainPassage:
    """A text, the articles in it, its length, and why it is not written."""

    text: str
    pmids: list[int]
    n_tokens: int
    refusal: str | None


def plain_passages(
    asked: Sequence[tuple[list[int], str]], articles: Mapping[int, Passage], tokens: Tokens, most_tokens: int
) -> Iterator[PlainPassage]:
    """Yield for each article and its question the passage of both and of the question's contexts.

    A source stands whole in its own passage. Of a context that is another one's source, or stands in an earlier
    passage, the title alone is written. Contexts are left out, the last first, until the passage is no longer than
    ``most_tokens``.

    Args:
        asked: PMIDs (the source first) and the text of question and answer; no source stands twice.
        articles: those that the PMIDs name.
    """
    written = {pmids[0] for pmids, _ in asked}
    for pmids, said in asked:
        kept = list(pmids)
        while True:
            parts = [articles[kept[0]], *(articles[pmid] for pmid in kept[1:])]
            texts = [_whole(parts[0]), *(each.title if each.pmid in written else _whole(each) for each in parts[1:])]
            text = "\n\n".join([*texts, said])
            [ids] = tokens.texts([text])
            if len(ids) <= most_tokens or len(kept) == 1:
                break
            kept.pop()
        written.update(kept)
        yield PlainPassage(text, kept, len(ids), too_long(most_tokens) if len(ids) > most_tokens else None)


def _whole(passage: Passage) -> str:
    return f"{passage.title}\n{passage.abstract}"
