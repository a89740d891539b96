"""The words of many texts at once, and a 64-bit hash of every few words in a row."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

WORD = r"\w+"
MULTIPLIER = 0x9E3779B97F4A7C15
INVERSE = pow(MULTIPLIER, -1, 2**64)

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]


class WordWindows:
    """The lower-case words of texts, one after another. A place is a word's position among all of them."""

    def __init__(self, texts: pl.Series) -> None:
        """Split texts into runs of letters, digits and underscores; a null has no words."""
        split = texts.fill_null("").str.to_lowercase().str.extract_all(WORD)
        self.words = split.explode().drop_nulls()
        self.lengths: Places = split.list.len().cast(pl.Int64).to_numpy()
        self.starts: Places = np.concatenate([[0], np.cumsum(self.lengths)])
        # Sums of word hash times power of the multiplier: one difference gives a window's hash, whatever its size.
        terms = _word_hashes(self.words) * _powers(MULTIPLIER, len(self.words))
        self._sums: Hashes = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms)])
        self._inverses = _powers(INVERSE, len(self.words))

    def hashes(self, size: int) -> Hashes:
        """Return the hash of the ``size`` words from each place on, across the ends of texts too."""
        differences = self._sums[size:] - self._sums[: max(len(self._sums) - size, 0)]
        return differences * self._inverses[: len(differences)]

    def texts_at(self, places: Places) -> Places:
        """Return to which text the words at ``places`` belong."""
        return np.searchsorted(self.starts, places, side="right") - 1

    def within_text(self, places: Places, size: int) -> NDArray[np.bool_]:
        """Return whether the windows at ``places`` end before their text does."""
        return places + size <= self.starts[self.texts_at(places) + 1]

    def same_words(self, places: Places, other: "WordWindows", other_places: Places, size: int) -> NDArray[np.bool_]:
        """Return whether the windows at ``places`` have the words of the other texts' windows at ``other_places``."""
        same = np.ones(len(places), dtype=np.bool_)
        for step in range(size):
            same &= (self.words.gather(places + step) == other.words.gather(other_places + step)).to_numpy()
        return same


def _word_hashes(words: pl.Series) -> Hashes:
    return words.hash().to_numpy()


def _powers(base: int, count: int) -> Hashes:
    """Return base to the power of 0, 1, 2, … modulo 2^64."""
    factors = np.full(count, base, dtype=np.uint64)
    factors[:1] = 1
    return np.cumprod(factors)
