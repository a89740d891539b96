"""Words of a sentence as a tokenizer cuts them, with their sub-tokens, in windows that an encoder can read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tasks.extraction.examples import Span


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of a sentence that is encoded at once.

    Attributes:
        example: place of the sentence in its batch of texts.
        token_ids: with the tokenizer's own first and last token.
        words: characters of the sentence that each word covers.
        places: for each word, where its sub-tokens stand in ``token_ids`` (end exclusive).
        owned: for each word, whether this window and no other says what the word is.
    """

    example: int
    token_ids: tuple[int, ...]
    words: tuple[Span, ...]
    places: tuple[Span, ...]
    owned: tuple[bool, ...]


def windows(texts: Sequence[str], tokenizer: Any, size: int, overlap: int) -> list[Window]:  # noqa: ANN401
    """Cut texts into windows of whole words; a text that fits is one window.

    Where windows overlap, a word belongs to the one in which it stands further from an edge. A word that is longer than
    a window loses its last sub-tokens.

    Args:
        tokenizer: a fast tokenizer of Hugging Face.
        size: tokens of a window, the first and the last among them.
        overlap: tokens that two windows of a text have in common, at most; less than half of ``size``.
    """
    if not 0 <= overlap < size / 2:
        raise ValueError(f"expected an overlap below half of the window's {size} tokens, found {overlap}")
    if not texts:
        return []
    encoded = tokenizer(list(texts), add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    first, last = _edges(tokenizer)
    room = size - len(first) - len(last)
    found = []
    for example, ids in enumerate(encoded["input_ids"]):
        words = list(_words(texts[example], encoded.word_ids(example), encoded["offset_mapping"][example], room))
        pieces = list(_pieces([len(places) for _, places in words], room, overlap))
        for number, (start, end) in enumerate(pieces):
            before = pieces[number - 1][1] if number else None
            after = pieces[number + 1][0] if number + 1 < len(pieces) else None
            owner_start = start if before is None else (start + before + 1) // 2
            owner_end = end if after is None else (after + end + 1) // 2
            chosen = words[start:end]
            token_ids, places = [*first], []
            for _, tokens in chosen:
                places.append(Span(len(token_ids), len(token_ids) + len(tokens)))
                token_ids += [ids[token] for token in tokens]
            found.append(
                Window(
                    example,
                    (*token_ids, *last),
                    tuple(span for span, _ in chosen),
                    tuple(places),
                    tuple(owner_start <= place < owner_end for place in range(start, end)),
                )
            )
    return found


def _edges(tokenizer: Any) -> tuple[list[int], list[int]]:  # noqa: ANN401
    """Return the tokens that a tokenizer puts before and behind a text."""
    plain = tokenizer("a", add_special_tokens=False)["input_ids"]
    whole = tokenizer("a")["input_ids"]
    start = next(place for place in range(len(whole)) if whole[place : place + len(plain)] == plain)
    return whole[:start], whole[start + len(plain) :]


def _words(
    text: str, word_ids: Sequence[int | None], offsets: Sequence[tuple[int, int]], room: int
) -> Iterator[tuple[Span, range]]:
    """Yield each word's characters and its sub-tokens; white space at its ends is no part of it."""
    starts = [place for place, word in enumerate(word_ids) if place == 0 or word != word_ids[place - 1]]
    for start, end in pairwise([*starts, len(word_ids)]):
        characters = text[offsets[start][0] : offsets[end - 1][1]]
        stripped = characters.strip()
        if stripped:
            begin = offsets[start][0] + characters.index(stripped)
            yield Span(begin, begin + len(stripped)), range(start, min(end, start + room))


def _pieces(lengths: Sequence[int], room: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Yield the first word and the one behind the last of each window."""
    start = end = 0
    while True:
        taken = 0
        end = start
        while end < len(lengths) and taken + lengths[end] <= room:
            taken += lengths[end]
            end += 1
        yield start, end
        if end == len(lengths):
            return
        following, shared = end, 0
        while following - 1 > start and shared + lengths[following - 1] <= overlap:
            following -= 1
            shared += lengths[following]
        start = following
