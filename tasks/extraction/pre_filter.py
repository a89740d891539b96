"""Ask a teacher first whether a sentence says anything: a word, where an answer about it takes a line for each drug."""

import polars as pl

from tasks.decisions import read_decision
from tasks.extraction.ask_teacher import BY_EXAMPLE
from tasks.extraction.declaration import ExtractionTask
from tasks.extraction.splits import in_share
from tasks.extraction.teacher import NO, YES, Teacher
from tasks.serving.asking import Asking, Columns, Row
from tasks.serving.constraint import Choice
from tasks.serving.reply import Reply, why_silent
from tasks.serving.request import Request
from tasks.store.row_key import ROW_KEY, with_row_key

VERDICT_SCHEMA = {ROW_KEY: pl.String, "example_id": pl.String, "pmid": pl.Int64, "verdict": pl.String}


def wanted_verdicts(sentences: pl.DataFrame, task: ExtractionTask, teacher: Teacher) -> pl.DataFrame:
    """Return the sentences, each to be asked about once.

    Args:
        sentences: example_id, pmid, text.

    Returns:
        row_key, example_id, pmid, text.
    """
    return with_row_key(sentences.select("example_id", "pmid", "text"), teacher.pre_filter_recipe(task), ["example_id"])


def whether_asking(task: ExtractionTask, teacher: Teacher) -> Asking:
    """Return how a teacher is asked whether each sentence says anything; a reply that is neither goes to quarantine.

    Rows are those of ``VERDICT_SCHEMA``: "yes" or "no".
    """

    def request(sentence: Row) -> Request:
        return Request(
            teacher.whether_messages(task, sentence["text"]),
            max_tokens=4,
            constraint=Choice((YES, NO)),
            thinking_tokens=teacher.language_model.thinking_tokens,
        )

    def read(reply: Reply, _sentence: Row) -> Columns | str:
        verdict = read_decision(reply.text)
        if verdict in (YES, NO):
            return {"verdict": verdict}
        if reply.finish_reason == "length":
            return why_silent(reply) or "the reply was cut off"
        return why_silent(reply) or f"the reply is neither {YES} nor {NO}"

    return Asking(request, read, {"verdict": pl.String}, ("example_id", "pmid"), BY_EXAMPLE)


def passed(sentences: pl.DataFrame, verdicts: pl.DataFrame, denied_share: float) -> pl.DataFrame:
    """Return the sentences that the teacher says yes to, and a share of the others.

    A student that saw no sentence without anything would find something in every sentence. Which of those stay depends
    on the sentence alone.

    Args:
        sentences: example_id.
        verdicts: example_id, verdict; a sentence without one is left out.
        denied_share: of the sentences with "no".
    """
    kept = [
        example_id
        for example_id, verdict in verdicts.select("example_id", "verdict").iter_rows()
        if verdict == YES or in_share("denied", example_id, denied_share)
    ]
    return sentences.filter(pl.col("example_id").is_in(kept))
