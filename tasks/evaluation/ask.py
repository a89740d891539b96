"""Ask a language model yes/no questions: have it choose one of the words, or read the decision in what it writes."""

from typing import Any, Literal

import polars as pl

from tasks.decisions import DECISIONS, read_decision
from tasks.evaluation.evaluation_prompt import INSTRUCTED, EvaluationPrompt, Setting
from tasks.serving.asking import Asking, Columns, Row
from tasks.serving.constraint import Choice, read_choice
from tasks.serving.logprobs import first_word, places_of, weigh
from tasks.serving.reply import Reply, why_silent
from tasks.serving.request import Request

Method = Literal["choice", "generated"]
"""By the probabilities of the words allowed, or by the text that the model writes of its own accord."""

KEPT = ("name", "item")
LONGEST_CHOICE = 8
LONGEST_TEXT = 256
ALTERNATIVES = 20
PROBABILITIES = tuple(f"probability_{decision}" for decision in DECISIONS)
REPLY_COLUMNS: dict[str, Any] = {
    "prediction": pl.String,
    **dict.fromkeys(PROBABILITIES, pl.Float64),
    "text": pl.String,
    "reason": pl.String,
}
"""What a reply comes to: ``reason`` says why a prediction is null, ``text`` is the reply."""


def choice_asking(setting: Setting, prompt: EvaluationPrompt = INSTRUCTED, thinking_tokens: int = 0) -> Asking:
    """Return how a model is asked to write one of the prompt's words; the most probable is the prediction.

    The probabilities add up to 1, whatever else the model would rather say: vLLM gives log-probabilities after it has
    struck out all tokens but those that begin an allowed word, of which a word has several (yes, ye, y). No two of the
    words share a first letter, so the first token decides, and a word's probability is that of all its first tokens.
    Where a server sends no alternatives, probabilities are null and the word written is the prediction.

    Rows are row_key, name, item and ``REPLY_COLUMNS``, from row_key, name (for the quarantine), item, question,
    contexts.
    """

    def request(item: Row) -> Request:
        return Request(
            prompt.messages(setting, item["question"], item["contexts"]),
            max_tokens=LONGEST_CHOICE,
            constraint=Choice(prompt.choices),
            alternatives=ALTERNATIVES,
            thinking_tokens=thinking_tokens,
        )

    def read(reply: Reply, _item: Row) -> Columns:
        return read_chosen(reply, prompt.choices)

    return Asking(request, read, REPLY_COLUMNS, KEPT, pl.col("name"))


def text_asking(
    setting: Setting,
    prompt: EvaluationPrompt = INSTRUCTED,
    max_tokens: int = LONGEST_TEXT,
    thinking_tokens: int = 0,
) -> Asking:
    """Return how a model is asked in its own words; the decision is read from the text, see ``tasks.decisions``.

    Rows as those of ``choice_asking``; all probabilities are null.
    """

    def request(item: Row) -> Request:
        conversation = prompt.messages(setting, item["question"], item["contexts"])
        return Request(conversation, max_tokens=max_tokens, thinking_tokens=thinking_tokens)

    def read(reply: Reply, _item: Row) -> Columns:
        return read_text(reply, prompt.decisions)

    return Asking(request, read, REPLY_COLUMNS, KEPT, pl.col("name"))


def read_chosen(reply: Reply, words: tuple[str, ...]) -> Columns:
    """Return ``REPLY_COLUMNS`` for a reply that should be one of the words."""
    written = read_choice(reply.text, words)
    if written is None:
        return _row(text=reply.text, reason=why_silent(reply) or f"the reply is none of {', '.join(words)}")
    places = places_of(first_word(words), reply)
    weights = weigh(reply.alternatives[places.start], words) if places else {}
    total = sum(weights.values())
    if not total:
        return _row(prediction=written.lower(), text=reply.text)
    shares = {f"probability_{word.lower()}": weight / total for word, weight in weights.items()}
    return _row(prediction=max(weights, key=weights.__getitem__).lower(), text=reply.text, **shares)


def read_text(reply: Reply, decisions: tuple[str, ...]) -> Columns:
    """Return ``REPLY_COLUMNS`` for a reply in the model's own words."""
    silent = why_silent(reply)
    if silent is not None:
        return _row(text=reply.text, reason=silent)
    decision = read_decision(reply.text.strip())
    if decision in decisions:
        return _row(prediction=decision, text=reply.text)
    if decision is not None:
        return _row(text=reply.text, reason=f"the decision is none of {', '.join(decisions)}")
    if reply.finish_reason == "length":
        return _row(text=reply.text, reason="cut off before a decision")
    return _row(text=reply.text, reason="no decision in the reply")


def _row(**columns: object) -> Columns:
    return {column: columns.get(column) for column in REPLY_COLUMNS}
