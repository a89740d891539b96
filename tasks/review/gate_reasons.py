"""What today's gates say of questions, each with its article: the one place where reviews meet the gates."""

import polars as pl

from tasks.questions.gates import refusal


def refused_by(questions: pl.DataFrame) -> list[list[str]]:
    """Return for each question why gates refuse it, an empty list where they let it through.

    Args:
        questions: question, title, abstract, and finish_reason (null where it is not known).
    """
    rows = questions.select("question", "title", "abstract", pl.col("finish_reason").fill_null("stop")).iter_rows()
    found = [refusal(*row) for row in rows]
    return [[reason] if reason else [] for reason in found]
