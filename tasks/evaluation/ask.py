"""Ask a language model yes/no questions: have it choose one of the words, or read the decision in what it writes."""

import math
from typing import Any, Literal

import polars as pl

from tasks.decisions import DECISIONS, read_decision
from tasks.evaluation.evaluation_prompt import INSTRUCTED, EvaluationPrompt, Setting
from tasks.serving.ask_rows import ask_rows
from tasks.serving.chat import ChatReply, ChatRequest, Token
from tasks.serving.endpoint import Endpoint
from tasks.serving.thoughts import without_thoughts
from tasks.store.outcome import Outcome
from tasks.store.row_key import ROW_KEY

Method = Literal["choice", "generated"]
"""By the probabilities of the words allowed, or by the text that the model writes of its own accord."""

LONGEST_CHOICE = 8
LONGEST_TEXT = 256
ALTERNATIVES = 20
PROBABILITIES = tuple(f"probability_{decision}" for decision in DECISIONS)
REPLY_SCHEMA: dict[str, Any] = {
    "prediction": pl.String,
    **dict.fromkeys(PROBABILITIES, pl.Float64),
    "text": pl.String,
    "reason": pl.String,
}
"""What a reply comes to: ``reason`` says why a prediction is null, ``text`` is the reply."""

Row = dict[str, Any]


def ask_by_choice(
    items: pl.DataFrame, endpoint: Endpoint, setting: Setting, *, prompt: EvaluationPrompt = INSTRUCTED
) -> Outcome:
    """Have the server let the model write nothing but one of the prompt's words; the most probable is the prediction.

    The probabilities add up to 1, whatever else the model would rather say: vLLM gives log-probabilities after it has
    struck out all tokens but those that begin an allowed word, of which a word has several (yes, ye, y). No two of the
    words share a first letter, so the first token decides, and a word's probability is that of all its first tokens.
    Where a server sends no alternatives, probabilities are null and the word written is the prediction.

    Args:
        items: row_key, name (for the quarantine), item, question, contexts.

    Returns:
        Rows of row_key, name, item and the columns of ``REPLY_SCHEMA``, in the order of ``items``; refused requests.

    Raises:
        EndpointError: the server failed for good, or refused every request.
    """
    options: dict[str, Any] = {
        "temperature": 0.0,
        "max_tokens": LONGEST_CHOICE,
        "logprobs": True,
        "top_logprobs": ALTERNATIVES,
        "structured_outputs": {"choice": list(prompt.choices)},
    }

    def read(reply: ChatReply) -> Row:
        return read_choice(reply, prompt.choices)

    return ask_rows(*_asked(items, setting, prompt, options), endpoint, read, REPLY_SCHEMA, pl.col("name"))


def ask_by_text(
    items: pl.DataFrame,
    endpoint: Endpoint,
    setting: Setting,
    *,
    prompt: EvaluationPrompt = INSTRUCTED,
    max_tokens: int = LONGEST_TEXT,
) -> Outcome:
    """Let the model write and read its decision from the text; see ``tasks.decisions``. Works with any server.

    Args, returns and raises as ``ask_by_choice``; all probabilities are null.
    """
    options = {"temperature": 0.0, "max_tokens": max_tokens}

    def read(reply: ChatReply) -> Row:
        return read_text(reply, prompt.decisions)

    return ask_rows(*_asked(items, setting, prompt, options), endpoint, read, REPLY_SCHEMA, pl.col("name"))


def read_choice(reply: ChatReply, words: tuple[str, ...]) -> Row:
    """Return the columns of ``REPLY_SCHEMA`` for a reply that should be one of the words."""
    if reply.text not in words:
        return _row(text=reply.text, reason=f"the reply is none of {', '.join(words)}")
    weights = weigh(reply.alternatives[0], words) if reply.alternatives else {}
    total = sum(weights.values())
    if not total:
        return _row(prediction=reply.text.lower(), text=reply.text)
    shares = {f"probability_{word.lower()}": weight / total for word, weight in weights.items()}
    return _row(prediction=max(weights, key=weights.__getitem__).lower(), text=reply.text, **shares)


def weigh(alternatives: tuple[Token, ...], words: tuple[str, ...]) -> dict[str, float]:
    """Return for each word the summed probability of the first tokens that begin it."""
    return {
        word: sum(math.exp(logprob) for token, logprob in alternatives if token and word.startswith(token))
        for word in words
    }


def read_text(reply: ChatReply, decisions: tuple[str, ...]) -> Row:
    """Return the columns of ``REPLY_SCHEMA`` for a reply in the model's own words."""
    said = without_thoughts(reply.text)
    decision = read_decision(said)
    if decision in decisions:
        return _row(prediction=decision, text=reply.text)
    if decision is not None:
        return _row(text=reply.text, reason=f"the decision is none of {', '.join(decisions)}")
    if reply.finish_reason == "length":
        return _row(text=reply.text, reason="cut off before a decision")
    return _row(text=reply.text, reason="no decision in the reply" if said else "nothing is said")


def _asked(
    items: pl.DataFrame, setting: Setting, prompt: EvaluationPrompt, options: dict[str, Any]
) -> tuple[pl.DataFrame, list[ChatRequest]]:
    requests = [
        ChatRequest(prompt.messages(setting, question, contexts), options)
        for question, contexts in items.select("question", "contexts").iter_rows()
    ]
    return items.select(ROW_KEY, "name", "item"), requests


def _row(**columns: object) -> Row:
    return {column: columns.get(column) for column in REPLY_SCHEMA}
