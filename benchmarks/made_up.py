"""Articles made up of words, as long as PubMed's: for what is measured without a model, in any number."""

import hashlib
import random

import polars as pl

TITLE_WORDS, ABSTRACT_WORDS = 12, 230
SYLLABLES = ("car", "di", "o", "my", "neu", "ro", "hep", "a", "tic", "gly", "co", "se", "ren", "al", "im", "mu", "no")


def made_up_articles(count: int) -> pl.DataFrame:
    """Return articles (pmid, title, abstract, content_hash), the same ones each time."""
    dice = random.Random(15)
    words = ["".join(dice.choices(SYLLABLES, k=dice.randint(1, 5))) for _ in range(4_000)]
    rows = []
    for number in range(count):
        title = " ".join(dice.choices(words, k=TITLE_WORDS)).capitalize()
        abstract = " ".join(dice.choices(words, k=ABSTRACT_WORDS)).capitalize() + "."
        rows.append((10_000_000 + number, title, abstract, hashlib.sha256(abstract.encode()).hexdigest()))
    return pl.DataFrame(rows, schema=["pmid", "title", "abstract", "content_hash"], orient="row")
