"""Ask a generator for one question about each article."""

import re
from typing import Any

import polars as pl

from tasks.questions.generator import Generator
from tasks.serving.asking import Asking, Columns, Row
from tasks.serving.reply import Reply, why_silent
from tasks.serving.request import Request
from tasks.store.row_key import with_row_key

REPLY_COLUMNS: dict[str, Any] = {
    "question_id": pl.String,
    "generator": pl.String,
    "kind": pl.String,
    "question": pl.String,
    "finish_reason": pl.String,
    "tokens": pl.Int32,
}

MARK = re.compile(
    r"^(?:[-*>#•]+\s+|\d+[.)]\s+)?[*_]*"
    r"(?:(?!(?:do|does|did|is|are|was|were|can|could|has|have|how|what|which|who|why|when|where|will|would|should)\b)"
    r"(?:[^:?]*\bquestions?\b[^:?]*|Q\d*):)?",
    re.IGNORECASE,
)
"""What stands before a question: a list mark, a label or an announcement; a question may speak of questions, too."""
SENTENCE_END = (".", "!", ":")
AROUND = " \t*_`\"'“”„‘’«»{"


def wanted_questions(articles: pl.DataFrame, generator: Generator) -> pl.DataFrame:
    """Return the questions to have: articles (pmid, title, abstract, content_hash) with their row keys."""
    return with_row_key(articles.sort("pmid"), generator.recipe, ["pmid", "content_hash"])


def question_asking(generator: Generator) -> Asking:
    """Return how one question is asked of each article (row_key, pmid, title, abstract).

    Its rows are row_key, question_id (the row key), pmid, generator, kind, question, finish_reason, tokens.
    """
    sampling = generator.sampling

    def request(article: Row) -> Request:
        return Request(
            generator.prompt.conversation(title=article["title"], abstract=article["abstract"]),
            max_tokens=sampling.max_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            seed=sampling.seed,
            stop_after=("?",),
            thinking_tokens=generator.language_model.thinking_tokens,
        )

    def read(reply: Reply, article: Row) -> Columns | str:
        question = read_question(reply.text)
        if not question:
            return why_silent(reply) or "the model asks nothing"
        return {
            "question_id": article["row_key"],
            "generator": generator.name,
            "kind": generator.kind.value,
            "question": question,
            "finish_reason": reply.finish_reason,
            "tokens": reply.completion_tokens,
        }

    return Asking(request, read, REPLY_COLUMNS, kept=("pmid",))


def read_question(said: str) -> str:
    """Return the last line that is said, without a leading label, list mark and quotation marks.

    Models that were not trained for it announce a question before they ask it. A line that begins in lower case goes on
    with the one above.
    """
    lines = said.strip().splitlines()
    first = max(len(lines) - 1, 0)
    while first and _goes_on(lines[first - 1], lines[first]):
        first -= 1
    return MARK.sub("", " ".join(" ".join(lines[first:]).split())).strip(AROUND)


def _goes_on(above: str, line: str) -> bool:
    return line.lstrip()[:1].islower() and bool(above.strip()) and not above.rstrip().endswith(SENTENCE_END)
