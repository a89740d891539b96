"""Contexts: the articles nearest to each question, its own source left out."""

from typing import Any

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from tasks.hardware import has_gpu
from tasks.retrieval.encoder import Encoder, Vectors
from tasks.store.outcome import Outcome
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key

QUERY_ROWS = 256
CPU_ARTICLES = 3072
"""What a CPU embeds in a minute or two; a GPU does a million in an hour."""


class Retrieval(BaseModel):
    """Which encoder, and how many neighbours make a question's context (the paper: 4)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoder: Encoder = Field(default=Encoder(), title="Encoder")
    neighbours: int = Field(default=4, ge=1, le=100, title="Contexts for each question")
    max_articles: int | None = Field(
        default=None,
        ge=0,
        title="Articles to search, at most",
        description="Drawn evenly from the usable ones; 0: all of them. Empty: all where there is a GPU, "
        f"{CPU_ARTICLES:,} otherwise, since each has to be embedded first.",
    )

    def resolved(self) -> "Retrieval":
        """Return the settings with what this machine decides: the encoder's precision, and how much it can embed."""
        articles = self.max_articles
        if articles is None:
            articles = 0 if has_gpu() else CPU_ARTICLES
        return self.model_copy(update={"encoder": self.encoder.resolved(), "max_articles": articles})

    @property
    def recipe(self) -> Recipe:
        """The contexts recipe, which builds on the encoder's; what is searched is part of each row's key."""
        parameters: dict[str, Any] = {"neighbours": self.neighbours}
        return Recipe("contexts", 1, parameters, reads=(self.encoder.recipe,))


def wanted_contexts(questions: pl.DataFrame, retrieval: Retrieval, collection: str) -> pl.DataFrame:
    """Return questions (question_id, pmid, question) keyed by themselves and by the collection that is searched."""
    named = questions.select("question_id", "pmid", "question").with_columns(pl.lit(collection).alias("collection"))
    return with_row_key(named.sort("pmid", "question_id"), retrieval.recipe, ["question_id", "question", "collection"])


def find_contexts(questions: pl.DataFrame, embeddings: pl.DataFrame, retrieval: Retrieval) -> Outcome:
    """Return each question's neighbours: row_key, question_id, pmids (list) and similarities (list), nearest first.

    The search is exact. Similarity is the cosine, in [-1, 1]; equals are taken by PMID.

    Args:
        questions: row_key, question_id, pmid, question.
        embeddings: pmid and vector.
    """
    ordered = embeddings.sort("pmid")
    pmids = ordered["pmid"].to_numpy()
    documents = ordered["vector"].to_numpy().astype(np.float32)
    queries = retrieval.encoder.encode(questions["question"].to_list())
    sources = questions["pmid"].to_numpy()
    found_pmids: list[list[int]] = []
    found_similarities: list[list[float]] = []
    for start in range(0, len(queries), QUERY_ROWS):
        similarity = queries[start : start + QUERY_ROWS] @ documents.T
        similarity[sources[start : start + QUERY_ROWS, None] == pmids[None, :]] = -np.inf
        for row in similarity:
            nearest = _nearest(row, min(retrieval.neighbours, len(pmids) - 1))
            found_pmids.append(pmids[nearest].tolist())
            found_similarities.append(row[nearest].tolist())
    return Outcome(
        questions.select(ROW_KEY, "question_id").with_columns(
            pl.Series("pmids", found_pmids, dtype=pl.List(pl.Int64)),
            pl.Series("similarities", found_similarities, dtype=pl.List(pl.Float32)),
        )
    )


def _nearest(similarity: Vectors, count: int) -> np.ndarray[Any, np.dtype[np.intp]]:
    candidates = np.argpartition(-similarity, count - 1)[:count] if count < len(similarity) else np.arange(count)
    threshold = similarity[candidates].min() if count else 0.0
    at_least = np.flatnonzero(similarity >= threshold)
    return at_least[np.argsort(-similarity[at_least], kind="stable")][:count]
