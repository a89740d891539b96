"""The embeddings table: the index. It persists, and grows by the abstracts that it does not hold yet."""

import polars as pl

from tasks.retrieval.encoder import Encoder
from tasks.store.outcome import Outcome
from tasks.store.row_key import ROW_KEY, row_key, with_row_key


def draw_searched(articles: pl.DataFrame, most: int) -> pl.DataFrame:
    """Return the articles to search, by PMID: ``most`` of them drawn by a hash of the PMID, or with 0 all.

    Every article has the same chance, a larger draw holds a smaller one, and articles that come later change only
    their share of it, so that what was embedded serves again.
    """
    if not 0 < most < len(articles):
        return articles.sort("pmid")
    drawn = pl.Series("drawn", [row_key("searched", pmid) for pmid in articles["pmid"]])
    return articles.with_columns(drawn).sort("drawn").head(most).drop("drawn").sort("pmid")


def wanted_embeddings(articles: pl.DataFrame, encoder: Encoder) -> pl.DataFrame:
    """Return the embeddings to have: articles (pmid, title, abstract, content_hash) with their row keys."""
    return with_row_key(articles.sort("pmid"), encoder.recipe, ["pmid", "content_hash"])


def embed_articles(articles: pl.DataFrame, encoder: Encoder) -> Outcome:
    """Return row_key, pmid and vector (Array of Float16) for each article's title and abstract."""
    texts = [f"{title}\n{abstract}" for title, abstract in articles.select("title", "abstract").iter_rows()]
    vectors = encoder.encode(texts)
    column = pl.Series("vector", vectors, dtype=pl.Array(pl.Float32, vectors.shape[1])).cast(
        pl.Array(pl.Float16, vectors.shape[1])
    )
    return Outcome(articles.select(ROW_KEY, "pmid").with_columns(column))
