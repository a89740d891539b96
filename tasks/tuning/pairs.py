"""Preference pairs: a prompt, the completion that is preferred and the one that is not."""

from dataclasses import dataclass

import polars as pl
from rapidfuzz.distance import Levenshtein

from tasks.serving.conversation import Conversation
from tasks.store.outcome import Outcome
from tasks.tokens import TokenIds, Tokens, shared_start
from tasks.tuning.checked import sort_out, with_content

COLUMNS = ["prompt", "chosen", "rejected", "margin", "prompt_tokens", "chosen_tokens", "rejected_tokens"]

NO_COMPLETION = "no completion"
IDENTICAL = "chosen and rejected are the same"
NEARLY_IDENTICAL = "chosen and rejected are one token apart"
CONTRADICTED = "another pair prefers them the other way round"


@dataclass(frozen=True, slots=True)
class _Pair:
    """A pair in token ids; ``prompt`` counts those that both sequences share with the prompt alone."""

    prompt: int
    chosen: TokenIds
    rejected: TokenIds


def preference_rows(pairs: pl.DataFrame, tokens: Tokens, max_length: int, least_margin: float = 0.0) -> Outcome:
    """Return the pairs that can be trained on, sorted by their content.

    Lengths are in tokens: a pair that does not fit would be cut off, and one whose prompt alone fills ``max_length``
    would have no completion left, which ends in a loss that is no number.

    Args:
        pairs: row_key, pmid, prompt, chosen, rejected (lists of messages: role, content), margin (of their scores).
        tokens: of the model that is trained.
        max_length: tokens of a prompt and its longer completion together.
        least_margin: pairs whose scores lie nearer are refused.

    Returns:
        Rows of row_key, pmid, content, prompt, chosen, rejected, margin, prompt_tokens, chosen_tokens,
        rejected_tokens. Refused: empty or equal completions and those one token apart (inserted, deleted or
        replaced), pairs that are too long or too near, repetitions, and pairs that another contradicts.
    """
    rows = with_content(pairs, ["prompt", "chosen", "rejected"])
    encoded = _encode(rows, tokens)
    reasons = [
        NO_COMPLETION if _is_empty(chosen) or _is_empty(rejected) else _refusal(pair, margin, max_length, least_margin)
        for pair, (chosen, rejected, margin) in zip(
            encoded, rows.select("chosen", "rejected", "margin").iter_rows(), strict=True
        )
    ]
    counted = rows.with_columns(
        pl.Series("prompt_tokens", [pair.prompt for pair in encoded], dtype=pl.Int32),
        pl.Series("chosen_tokens", [len(pair.chosen) for pair in encoded], dtype=pl.Int32),
        pl.Series("rejected_tokens", [len(pair.rejected) for pair in encoded], dtype=pl.Int32),
    )
    return sort_out(counted, _refuse_contradictions(rows, reasons), COLUMNS)


def from_preferences(records: pl.DataFrame) -> pl.DataFrame:
    """Return a dataset's ``preferences`` records as pairs; their first PMID is the source."""
    return records.select("row_key", "prompt", "chosen", "rejected", "margin", pmid=pl.col("pmids").list.first())


def _encode(rows: pl.DataFrame, tokens: Tokens) -> list[_Pair]:
    prompts = rows["prompt"].to_list()
    sequences = zip(
        tokens.prompts(prompts), _whole(prompts, rows["chosen"], tokens), _whole(prompts, rows["rejected"], tokens),
        strict=True,
    )  # fmt: skip
    encoded = []
    for prompt, chosen, rejected in sequences:
        start = min(shared_start(prompt, chosen), shared_start(prompt, rejected))
        encoded.append(_Pair(start, chosen[start:], rejected[start:]))
    return encoded


def _whole(prompts: list[Conversation], completions: pl.Series, tokens: Tokens) -> list[TokenIds]:
    return tokens.conversations([[*prompt, *turn] for prompt, turn in zip(prompts, completions, strict=True)])


def _is_empty(completion: Conversation) -> bool:
    return not any(turn["content"].strip() for turn in completion)


def _refusal(pair: _Pair, margin: float, max_length: int, least_margin: float) -> str | None:
    if pair.chosen == pair.rejected:
        return IDENTICAL
    if Levenshtein.distance(pair.chosen, pair.rejected, score_cutoff=1) <= 1:
        return NEARLY_IDENTICAL
    if pair.prompt + max(len(pair.chosen), len(pair.rejected)) > max_length:
        return f"longer than {max_length} tokens"
    if margin < least_margin:
        return f"margin below {least_margin:g}"
    return None


def _refuse_contradictions(rows: pl.DataFrame, reasons: list[str | None]) -> list[str | None]:
    texts = [tuple(map(repr, row)) for row in rows.select("prompt", "chosen", "rejected").iter_rows()]
    accepted = {text for text, reason in zip(texts, reasons, strict=True) if reason is None}
    return [
        CONTRADICTED if reason is None and (prompt, rejected, chosen) in accepted else reason
        for (prompt, chosen, rejected), reason in zip(texts, reasons, strict=True)
    ]
