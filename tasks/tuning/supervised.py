"""Supervised rows: a prompt and the completion that the model is to learn."""

from typing import Any

import polars as pl

from tasks.store.outcome import Outcome
from tasks.tokens import TokenIds, Tokens, shared_start
from tasks.tuning.checked import sort_out, with_content

COLUMNS = ["prompt", "completion", "prompt_tokens", "completion_tokens"]

NO_COMPLETION = "no completion"


def supervised_rows(examples: pl.DataFrame, tokens: Tokens, max_length: int) -> Outcome:
    """Return the examples that can be trained on, sorted by their content.

    Args:
        examples: row_key, pmid, prompt and completion (lists of messages: role, content).
        tokens: of the model that is trained.
        max_length: tokens of a prompt and its completion together.

    Returns:
        Rows of row_key, pmid, content, prompt, completion, prompt_tokens, completion_tokens. Refused: completions
        without a text, rows longer than ``max_length`` (they would lose the end of their completion), repetitions.
    """
    rows = with_content(examples, ["prompt", "completion"])
    prompts, completions = rows["prompt"].to_list(), rows["completion"].to_list()
    alone = tokens.prompts(prompts)
    whole = tokens.conversations([[*prompt, *turn] for prompt, turn in zip(prompts, completions, strict=True)])
    starts = [shared_start(*ids) for ids in zip(alone, whole, strict=True)]
    reasons = [
        _refusal(turn, ids, start, max_length) for turn, ids, start in zip(completions, whole, starts, strict=True)
    ]
    counted = rows.with_columns(
        pl.Series("prompt_tokens", starts, dtype=pl.Int32),
        pl.Series(
            "completion_tokens", [len(ids) - start for ids, start in zip(whole, starts, strict=True)], dtype=pl.Int32
        ),
    )
    return sort_out(counted, reasons, COLUMNS)


def from_conversations(records: pl.DataFrame) -> pl.DataFrame:
    """Return a dataset's ``sft`` records (row_key, pmids, messages) as examples: the last turn is the completion."""
    messages = pl.col("messages")
    return records.select(
        "row_key",
        pmid=pl.col("pmids").list.first(),
        prompt=messages.list.head(messages.list.len() - 1),
        completion=messages.list.tail(1),
    )


def from_labels(records: pl.DataFrame) -> pl.DataFrame:
    """Return a dataset's ``evaluator`` records as examples."""
    return records.select("row_key", "prompt", "completion", pmid=pl.col("pmids").list.first())


def _refusal(completion: list[dict[str, Any]], ids: TokenIds, start: int, max_length: int) -> str | None:
    if start == len(ids) or not any(turn["content"].strip() for turn in completion):
        return NO_COMPLETION
    if len(ids) > max_length:
        return f"longer than {max_length} tokens"
    return None
