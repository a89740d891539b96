"""Keep what models are judged on out of what they are trained on: by text and by PMID.

Two texts overlap where 13 words stand in both in the same order, as Brown et al. (2020, appendix C,
https://arxiv.org/abs/2005.14165) count it. Words are runs of letters, digits and underscores in lower case, so that
punctuation and line breaks hide nothing.
"""

from collections.abc import Set
from typing import Any

import numpy as np
import polars as pl

from tasks.evaluation.leakage import LeakageError
from tasks.evaluation.word_windows import Places, WordWindows

WINDOW = 13
FEWEST_WORDS = 5
BATCH_TEXTS = 4_096
NAMED = 5
WORDS_SHOWN = 13
OVERLAP_SCHEMA: dict[str, Any] = {"record": pl.String, "evaluation": pl.String, "words": pl.String}
RUN_SCHEMA: dict[str, Any] = {"record": pl.Int64, "evaluation": pl.Int64, "start": pl.Int64, "size": pl.Int64}


def text_overlap(records: pl.DataFrame, evaluation: pl.DataFrame) -> pl.DataFrame:
    """Return the records that share text with an evaluation text, one row for each such pair.

    An evaluation text of 13 words or more is found by any 13 in a row. A shorter one, such as many questions, is found
    where all its words stand in a row; one of fewer than 5 words is not looked for, because chance brings those
    together. Hashes say where to look, the words themselves decide.

    Args:
        records: key, text; the texts that a model is trained on.
        evaluation: key, text.

    Returns:
        record, evaluation (their keys), words (the longest run of words that they share, in lower case); in the order
        of ``records``.
    """
    keys, words = evaluation["key"].cast(pl.String), WordWindows(evaluation["text"])
    sizes = np.where(words.lengths < FEWEST_WORDS, 0, np.minimum(words.lengths, WINDOW))
    indexes = [_WindowIndex(words, size, sizes) for size in np.unique(sizes[sizes > 0]).tolist()]
    found = [_find(batch, keys, indexes) for batch in records.select("key", "text").iter_slices(BATCH_TEXTS)]
    return pl.concat([pl.DataFrame(schema=OVERLAP_SCHEMA), *found])


def pmid_overlap(records: pl.DataFrame, pmids: Set[int]) -> pl.DataFrame:
    """Return the records that stem from articles of an evaluation set: record, pmid; one row for each of both.

    Args:
        records: key, pmids (a list).
        pmids: those of the evaluation set, such as ``evaluation_pmids()``.
    """
    named = records.select(record=pl.col("key").cast(pl.String), pmid=pl.col("pmids").list.unique(maintain_order=True))
    return named.explode("pmid").filter(pl.col("pmid").is_in(sorted(pmids)))


def check_leakage(records: pl.DataFrame, evaluation: pl.DataFrame, pmids: Set[int], switch: str) -> None:
    """Stop training on what a model will be judged on.

    Args:
        records: key, text, pmids (a list); all that a model is about to be trained on.
        evaluation: key, text; see ``text_overlap``.
        pmids: those of the evaluation sets.
        switch: how to train all the same, to end the message with: "or pass --allow-leakage".

    Raises:
        LeakageError: a record has a PMID of an evaluation set, or shares text with one.
    """
    by_pmid, by_text = pmid_overlap(records, pmids), text_overlap(records, evaluation)
    leaks = [(record, f"PMID {pmid}") for record, pmid in by_pmid.iter_rows()]
    leaks += [(record, f"{_quote(words)} of {text}") for record, text, words in by_text.iter_rows()]
    if leaks:
        first = dict(reversed(leaks))  # of a record's leaks the first
        named = "; ".join(f"{record} ({first[record]})" for record in list(dict(leaks))[:NAMED])
        raise LeakageError(
            f"{len(first)} of {len(records)} training records hold what models are judged on: {named}"
            f"{'; …' if len(first) > NAMED else ''}. Take them out of the training data, {switch}"
        )


class _WindowIndex:
    """The windows of those evaluation texts that are looked for by ``size`` words at a time, in the order of hashes."""

    def __init__(self, words: WordWindows, size: int, sizes: Places) -> None:
        self.words, self.size = words, size
        hashes = words.hashes(size)
        places = np.arange(len(hashes))
        chosen = words.within_text(places, size) & (sizes[words.texts_at(places)] == size)
        order = np.argsort(hashes[chosen])
        self._hashes, self._places = hashes[chosen][order], places[chosen][order]
        # Most windows are in no evaluation text: a table of the hashes' first bits tells so without a search.
        bits = max(len(self._hashes) * 16, 2**10).bit_length()
        self._shift = np.uint64(64 - bits)
        self._first_bits = np.zeros(2**bits, dtype=np.bool_)
        self._first_bits[self._hashes >> self._shift] = True

    def meet(self, words: WordWindows) -> tuple[Places, Places]:
        """Return the places in ``words`` and in the evaluation texts where the same window begins."""
        hashes = words.hashes(self.size)
        places = np.flatnonzero(self._first_bits[hashes >> self._shift])
        places = places[words.within_text(places, self.size)]
        low = np.searchsorted(self._hashes, hashes[places], side="left")
        counts = np.searchsorted(self._hashes, hashes[places], side="right") - low
        repeats = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        here, there = np.repeat(places, counts), self._places[np.repeat(low, counts) + repeats]
        same = words.same_words(here, self.words, there, self.size)
        return here[same], there[same]


def _find(records: pl.DataFrame, keys: pl.Series, indexes: list[_WindowIndex]) -> pl.DataFrame:
    words = WordWindows(records["text"])
    runs = pl.concat([pl.DataFrame(schema=RUN_SCHEMA), *(_longest_runs(words, index) for index in indexes)])
    runs = runs.sort("record", "evaluation")
    shared = [" ".join(words.words.slice(start, size)) for start, size in runs.select("start", "size").iter_rows()]
    return pl.DataFrame(
        {
            "record": records["key"].cast(pl.String).gather(runs["record"]),
            "evaluation": keys.gather(runs["evaluation"]),
            "words": pl.Series(shared, dtype=pl.String),
        }
    )


def _longest_runs(words: WordWindows, index: _WindowIndex) -> pl.DataFrame:
    """Return the longest shared run of each record and evaluation text: both by number, place and number of words.

    Windows of one run begin at consecutive places and keep the distance between the two texts.
    """
    here, there = index.meet(words)
    pair = ["record", "evaluation"]
    windows = pl.DataFrame(
        {
            "record": words.texts_at(here),
            "evaluation": index.words.texts_at(there),
            "start": here,
            "apart": here - there,
        }
    ).sort(*pair, "apart", "start")
    numbered = windows.with_columns(run=pl.col("start") - pl.int_range(pl.len()).over(*pair, "apart"))
    runs = numbered.group_by(*pair, "apart", "run").agg(
        pl.col("start").min(), size=pl.len().cast(pl.Int64) + index.size - 1
    )
    longest = runs.sort("size", "start", descending=[True, False]).unique(pair, keep="first", maintain_order=True)
    return longest.select(list(RUN_SCHEMA))


def _quote(words: str) -> str:
    first = words.split(" ")[:WORDS_SHOWN]
    return f'"{" ".join(first)}{"" if len(" ".join(first)) == len(words) else " …"}"'
