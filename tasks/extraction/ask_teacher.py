"""Ask a teacher about sentences, and make labels of what it says."""

from collections import Counter
from dataclasses import dataclass

import polars as pl

from tasks.extraction.declaration import ExtractionTask, says_something
from tasks.extraction.targets import Targets
from tasks.extraction.teacher import Teacher
from tasks.extraction.teacher_labels import LocationCounts
from tasks.logger import logger
from tasks.serving.asking import Asking, Columns, Row
from tasks.serving.constraint import Pattern, without_fence
from tasks.serving.reply import Reply, why_silent
from tasks.serving.request import Request
from tasks.store.row_key import ROW_KEY, with_row_key

ANSWER_SCHEMA = {ROW_KEY: pl.String, "example_id": pl.String, "pmid": pl.Int64, "draw": pl.Int64, "answer": pl.String}
CUT_OFF = "the answer was cut off"
LONGEST_SHOWN = 200
BY_EXAMPLE = pl.format("sentence {} of PMID {}", "example_id", pl.col("pmid").cast(pl.String).fill_null("unknown"))


def wanted_answers(sentences: pl.DataFrame, task: ExtractionTask, teacher: Teacher) -> pl.DataFrame:
    """Return the sentences with a row for each answer that is wanted.

    Args:
        sentences: example_id, pmid, text.

    Returns:
        row_key, example_id, pmid, text, draw (from 1 on).
    """
    draws = pl.DataFrame({"draw": range(1, teacher.samples + 1)}, schema={"draw": pl.Int64})
    rows = sentences.select("example_id", "pmid", "text").join(draws, how="cross")
    return with_row_key(rows, teacher.recipe(task), ["example_id", "draw"])


def teacher_asking(task: ExtractionTask, teacher: Teacher) -> Asking:
    """Return how a teacher is asked about each sentence of ``wanted_answers``; rows are those of ``ANSWER_SCHEMA``.

    An answer that was cut off or is empty, of which no line is of the task's format, or that names only what does not
    stand in its sentence, goes to quarantine: it says nothing about the sentence, not that there is nothing in it.
    """
    told: set[str] = set()

    def request(sentence: Row) -> Request:
        return Request(
            teacher.messages(task, sentence["text"]),
            max_tokens=teacher.max_tokens,
            temperature=teacher.drawn_at,
            constraint=Pattern(task.question.pattern),
            thinking_tokens=teacher.language_model.thinking_tokens,
        )

    def read(reply: Reply, sentence: Row) -> Columns | str:
        silent = why_silent(reply)
        if silent is not None:
            return silent
        if reply.finish_reason == "length":
            return CUT_OFF
        answer = without_fence(reply.text)
        if not answer:
            return "the answer is empty"
        unreadable = why_unreadable(sentence["text"], answer, task)
        if unreadable is None:
            return {"answer": answer}
        if unreadable not in told:
            told.add(unreadable)
            logger.warning("answers can not be read, such as %r: %s", answer[:LONGEST_SHOWN], unreadable)
        return unreadable

    return Asking(request, read, {"answer": pl.String}, ("example_id", "pmid", "draw"), BY_EXAMPLE)


def why_unreadable(text: str, answer: str, task: ExtractionTask) -> str | None:
    """Return why an answer says nothing about a sentence; None where it says something, or that there is nothing."""
    counts = LocationCounts()
    if task.question.read(text, answer, counts) is not None:
        return None
    if counts.not_found:
        return "nothing that it names stands in the sentence"
    return f"no line is of the task's format ({', '.join(sorted(counts.malformed)) or 'its reader takes none'})"


@dataclass(frozen=True, slots=True)
class TeacherLabels:
    """Examples as a teacher labels them, and what became of its words.

    Attributes:
        examples: rows of the task's schema; sentences of which every answer was refused or says nothing about them are
            missing.
        counts: strings found and not found, lines that say nothing.
        with_something: sentences whose labels say something; see ``declaration.says_something``.
        unanimous: sentences about which all answers say the same; of those with several answers.
        voted: sentences with several answers.
    """

    examples: pl.DataFrame
    counts: LocationCounts
    with_something: int
    unanimous: int
    voted: int


def labels_of(sentences: pl.DataFrame, answers: pl.DataFrame, task: ExtractionTask, teacher: Teacher) -> TeacherLabels:
    """Locate what the teacher says, and keep what enough of its answers agree on.

    Args:
        sentences: rows of ``SENTENCE_SCHEMA``.
        answers: example_id, draw, answer.
    """
    said: dict[str, list[str]] = {}
    for example_id, answer in answers.sort("example_id", "draw").select("example_id", "answer").iter_rows():
        said.setdefault(example_id, []).append(answer)
    counts = LocationCounts()
    rows, with_something, unanimous, voted = [], 0, 0, 0
    for row in sentences.iter_rows(named=True):
        if row["example_id"] not in said:
            continue
        read = [task.question.read(row["text"], answer, counts) for answer in said[row["example_id"]]]
        labels = [each for each in read if each is not None]
        agreed = vote(labels, teacher.agreement) if labels else None
        if agreed is None or (task.sentence_labels and agreed.label is None):
            continue
        rows.append(task.form.write(row, agreed))
        with_something += says_something(agreed, task)
        voted += len(labels) > 1
        unanimous += len(labels) > 1 and len(set(labels)) == 1
    return TeacherLabels(pl.DataFrame(rows, schema=task.form.schema), counts, with_something, unanimous, voted)


def vote(labels: list[Targets], agreement: float) -> Targets:
    """Return the spans and relations that a share of the answers has, and the most frequent label.

    Of labels as frequent the one said first is taken. The drug of a relation that is kept is kept with it.
    """
    least = agreement * len(labels)
    spans = Counter(span for each in labels for span in each.spans)
    relations = Counter(relation for each in labels for relation in each.relations)
    kept = tuple(sorted(relation for relation, votes in relations.items() if votes >= least))
    anchors = {relation.drug for relation in kept}
    label = Counter(each.label for each in labels).most_common(1)[0][0]
    return Targets(
        tuple(sorted(span for span, votes in spans.items() if votes >= least or span.place in anchors)), kept, label
    )
