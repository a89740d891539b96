"""Passages: running text for continued pre-training."""

import polars as pl

from tasks.store.outcome import Outcome
from tasks.tokens import Tokens
from tasks.tuning.checked import sort_out, with_content

NO_TEXT = "no text"


def passage_rows(passages: pl.DataFrame, tokens: Tokens) -> Outcome:
    """Return the passages that can be trained on, sorted by their content; a long one is split when it is packed.

    Args:
        passages: row_key, pmid, text.
        tokens: of the model that is trained.

    Returns:
        Rows of row_key, pmid, content, text, tokens. Refused: passages without a text, and repetitions.
    """
    rows = with_content(passages, ["text"])
    texts = rows["text"].to_list()
    lengths = [len(ids) for ids in tokens.texts(texts)]
    reasons = [None if text.strip() else NO_TEXT for text in texts]
    return sort_out(
        rows.with_columns(pl.Series("tokens", lengths, dtype=pl.Int32)),
        reasons,
        ["text", "tokens"],
    )


def from_texts(records: pl.DataFrame) -> pl.DataFrame:
    """Return a dataset's ``cpt`` records as passages; their first PMID is the source."""
    return records.select("row_key", "text", pmid=pl.col("pmids").list.first())
