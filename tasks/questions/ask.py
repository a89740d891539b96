"""Ask a generator for one question about each article."""

from typing import Any

import polars as pl

from tasks.questions.generator import Generator
from tasks.serving.ask_rows import ask_rows
from tasks.serving.chat import ChatReply, ChatRequest
from tasks.serving.endpoint import Endpoint
from tasks.store.outcome import Outcome
from tasks.store.row_key import ROW_KEY, with_row_key

REPLY_SCHEMA = {"question": pl.String, "finish_reason": pl.String, "tokens": pl.Int32}


def wanted_questions(articles: pl.DataFrame, generator: Generator) -> pl.DataFrame:
    """Return the questions to have: articles (pmid, title, abstract, content_hash) with their row keys."""
    return with_row_key(articles.sort("pmid"), generator.recipe, ["pmid", "content_hash"])


def ask_questions(articles: pl.DataFrame, generator: Generator, endpoint: Endpoint) -> Outcome:
    """Return one question per article; an empty answer or a refused request goes to quarantine.

    Args:
        articles: row_key, pmid, title, abstract.

    Returns:
        Rows of row_key, question_id, pmid, generator, question, finish_reason, tokens.

    Raises:
        EndpointError: the server failed for good.
    """
    requests = [
        ChatRequest(generator.prompt.messages(title, abstract), _options(generator))
        for title, abstract in articles.select("title", "abstract").iter_rows()
    ]
    rows = articles.select(ROW_KEY, "pmid").with_columns(
        pl.col(ROW_KEY).alias("question_id"), pl.lit(generator.name).alias("generator")
    )
    return ask_rows(rows, requests, endpoint, read_question, REPLY_SCHEMA)


def read_question(reply: ChatReply) -> dict[str, Any] | str:
    """Return the question without a leading label, quotation marks and line breaks."""
    text = " ".join(reply.text.split()).removeprefix("Question:").strip().strip('"').strip()
    if not text:
        return "the model said nothing"
    return {"question": text, "finish_reason": reply.finish_reason, "tokens": reply.completion_tokens}


def _options(generator: Generator) -> dict[str, Any]:
    """One question and no more: decoding stops after the first question mark, or at the end of the line."""
    sampling = generator.sampling.model_dump(exclude_none=True)
    return {**sampling, "stop": ["?", "\n"], "include_stop_str_in_output": True}
