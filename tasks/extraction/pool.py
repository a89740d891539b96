"""The unlabelled pool: sentences of abstracts that mention what a task is about, for a teacher to label."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import sentencex
from pydantic import BaseModel, ConfigDict, Field

from tasks.extraction.examples import SENTENCE_SCHEMA, sentence_row
from tasks.extraction.known_sentences import KnownSentences
from tasks.extraction.mentions import Dictionary, mentioning

TELLING_CHARACTERS = 40
"""Shorter sentences, such as "INTERVENTIONS: None.", stand in articles that have nothing else in common: by these 13 of
604 articles were taken for ones of the ADE corpus, and none is."""
POOL_SCHEMA: dict[str, Any] = {**SENTENCE_SCHEMA, "uis": pl.List(pl.String)}


class Pool(BaseModel):
    """Which sentences a teacher is to label."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fewest_characters: int = Field(default=30, ge=1, title="Shortest sentence, in characters")
    most_characters: int = Field(default=600, ge=1, title="Longest sentence, in characters")
    most_of_a_drug: int = Field(
        default=20, ge=1, title="Sentences of a drug", description="A sentence is taken for the rarest of its drugs."
    )
    sentences: int = Field(default=1_000, ge=1, title="Sentences in all")


@dataclass(frozen=True, slots=True)
class Pooled:
    """The pool, and how it came to be.

    Attributes:
        sentences: rows of ``POOL_SCHEMA``: a sentence and the UIs of the drugs (or what comes first) that it mentions.
        articles: how many there were, those left out among them.
        left_out: articles that are in an evaluation set, by their PMID or by a sentence.
        cut: sentences of a fitting length in the other articles, each counted once.
        mentioning: of these, those that mention all that they must.
    """

    sentences: pl.DataFrame
    articles: int
    left_out: int
    cut: int
    mentioning: int


def pool_sentences(
    articles: pl.DataFrame,
    dictionaries: Sequence[Dictionary],
    task: str,
    pool: Pool,
    evaluated: Collection[int] = (),
    evaluated_texts: Collection[str] = (),
) -> Pooled:
    """Cut abstracts into sentences and choose among those that mention every kind of thing that they must.

    Which are chosen depends on their text alone, by a hash, and on the caps: not on the order of the articles.

    Args:
        articles: pmid, title, abstract.
        dictionaries: what a sentence must mention.
        task: the extraction task, for the sentences' ids.
        evaluated: PMIDs of the evaluation sets; nothing is taken from these articles.
        evaluated_texts: sentences of sets that may name no articles; nothing is taken from an article whose title or
            one of whose sentences is among them, as ``KnownSentences`` compares; short ones do not count.
    """
    kept = articles.filter(~pl.col("pmid").is_in(list(evaluated)))
    found, left_out = _cut(kept, pool, evaluated_texts)
    shown = mentioning(pl.Series(list(found), dtype=pl.String), dictionaries)
    pmids = list(found.values())
    rows = [{**sentence_row(task, text, pmids[row]), "uis": uis} for row, text, uis in shown.iter_rows()]
    ordered = [by_id for _, by_id in sorted({row["example_id"]: row for row in rows}.items())]
    chosen = _capped(ordered, pool.most_of_a_drug)[: pool.sentences]
    return Pooled(
        pl.DataFrame(chosen, schema=POOL_SCHEMA),
        articles=len(articles),
        left_out=len(articles) - len(kept) + left_out,
        cut=len(found),
        mentioning=len(ordered),
    )


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text; a line break ends one."""
    found = (sentence.strip() for line in text.splitlines() for sentence in sentencex.segment("en", line))
    return [sentence for sentence in found if sentence]


def _cut(articles: pl.DataFrame, pool: Pool, evaluated_texts: Collection[str]) -> tuple[dict[str, int], int]:
    """Return the sentences of a fitting length with their PMIDs, and how many articles were left out for one of theirs.

    What several articles say is the oldest one's.
    """
    known = KnownSentences(text for text in evaluated_texts if len(text) >= TELLING_CHARACTERS)
    found: dict[str, int] = {}
    left_out = 0
    for pmid, title, abstract in articles.select("pmid", "title", "abstract").sort("pmid", descending=True).iter_rows():
        sentences = sentences_of(abstract or "")
        # Titles as well: of 25 ADE sentences of articles in the PubMed sample, 5 are titles. All 25 are recognised.
        if evaluated_texts and any(sentence in known for sentence in (title or "", *sentences)):
            left_out += 1
            continue
        found |= {text: pmid for text in sentences if pool.fewest_characters <= len(text) <= pool.most_characters}
    return found, left_out


def _capped(rows: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """Take rows in their order, as long as one of their drugs has not enough; those without any are all taken."""
    taken: Counter[str] = Counter()
    kept = []
    for row in rows:
        if min((taken[ui] for ui in row["uis"]), default=0) < most:
            taken.update(row["uis"])
            kept.append(row)
    return kept
