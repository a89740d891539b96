"""What came out of a dry run, unit by unit, for a person to look at."""

from typing import Any

import polars as pl

from tasks.estimate.units import ARTICLE, SENTENCE
from tasks.store.reference import StageResult, TableRef
from tasks.store.store import Store
from tasks.store.table import Table

Outcomes = list[dict[str, Any]]

REASONS: dict[str, Any] = {"unit": pl.Int64, "key": pl.String, "reason": pl.String}
ASKED: dict[str, Any] = {
    "pmid": pl.Int64,
    "question_id": pl.String,
    "generator": pl.String,
    "question": pl.String,
}
ANSWERED: dict[str, Any] = {
    "pmid": pl.Int64,
    "question_id": pl.String,
    "decision": pl.String,
    "short_answer": pl.String,
    "long_answer": pl.String,
}
FILTERED: dict[str, Any] = {"example_id": pl.String, "verdict": pl.String}
SAID: dict[str, Any] = {"example_id": pl.String, "draw": pl.Int64, "answer": pl.String}


def read_distilled(
    store: Store,
    articles: TableRef,
    few: TableRef,
    results: list[StageResult],
    gates: list[Table],
    answers: list[Table],
) -> Outcomes:
    """Return what a few articles came to, of the stages that came to their end; see ``distilled``.

    Args:
        few: the sampled articles.
        gates: the tables whose quarantine says why a question was not asked, or did not pass.
        answers: those whose quarantine says why one was not answered, or its answer did not pass.
    """
    chosen = store.read(few, ["pmid"]).select("pmid")
    titles = store.read(articles, ["pmid", "title"]).join(chosen, on="pmid", how="semi")
    pmids = chosen["pmid"].to_list()
    refused, unanswered = _reasons(gates, pmids), _reasons(answers, pmids)
    return distilled(
        titles, _of(store, results, "questions", ASKED), refused, _of(store, results, "answers", ANSWERED), unanswered
    )


def read_labelled(store: Store, few: TableRef, results: list[StageResult], tables: list[Table]) -> Outcomes:
    """Return what a few sentences came to; see ``labelled``."""
    verdicts, answers = _of(store, results, "teacher-filter", FILTERED), _of(store, results, "teacher-answers", SAID)
    return labelled(store.read(few), verdicts, answers, tables)


def _of(store: Store, results: list[StageResult], stage: str, schema: dict[str, Any]) -> pl.DataFrame:
    """Return the rows of every table that a stage filled."""
    refs = [result.ref for result in results if result.stage == stage]
    found = [store.read(ref, list(schema), empty=schema).select(*schema) for ref in refs]
    return pl.concat([pl.DataFrame(schema=schema), *found])


def _reasons(tables: list[Table], pmids: list[int]) -> pl.DataFrame:
    """Return why rows about articles were refused: unit (PMID), key, reason."""
    found = [ARTICLE.in_quarantine(table) for table in tables]
    return pl.concat([pl.DataFrame(schema=REASONS), *found]).filter(pl.col("unit").is_in(pmids))


def distilled(
    articles: pl.DataFrame,
    questions: pl.DataFrame,
    refused: pl.DataFrame,
    answers: pl.DataFrame,
    unanswered: pl.DataFrame,
) -> Outcomes:
    """Return what articles came to: what was asked, whether it passed the gates and why not, and the answer.

    Args:
        articles: pmid, title.
        questions: pmid, question_id, generator, question.
        refused: unit (PMID), key, reason: of questions that were not asked or did not pass.
        answers: pmid, question_id, decision, short_answer, long_answer.
        unanswered: unit, key, reason: of questions that were not answered, or whose answer did not pass.

    Returns:
        For each, in order of PMID: pmid, title, questions (generator, question, refused: the reason or None, is_best),
        nothing_because (reasons why a generator asked nothing), decision, short_answer, answer, unanswered (the
        reason, where there is none or it did not pass); None for what there is not.
    """
    reasons = dict(refused.select("key", "reason").iter_rows())
    why_not = dict(unanswered.select("unit", "reason").iter_rows())
    given = {row["pmid"]: row for row in answers.iter_rows(named=True)}
    asked: dict[int, list[dict[str, Any]]] = {}
    for row in questions.sort("pmid", "generator", "question_id").iter_rows(named=True):
        key = f"PMID {row['pmid']} {row['generator']}: {row['question']}"
        answer = given.get(row["pmid"])
        asked.setdefault(row["pmid"], []).append(
            {
                "generator": row["generator"],
                "question": row["question"],
                "refused": reasons.get(key),
                "is_best": answer is not None and answer["question_id"] == row["question_id"],
            }
        )
    return [
        {
            "pmid": pmid,
            "title": title,
            "questions": asked.get(pmid, []),
            "nothing_because": refused.filter(key=f"PMID {pmid}")["reason"].to_list(),
            "decision": given[pmid]["decision"] if pmid in given else None,
            "short_answer": given[pmid]["short_answer"] if pmid in given else None,
            "answer": given[pmid]["long_answer"] if pmid in given else None,
            "unanswered": why_not.get(pmid),
        }
        for pmid, title in articles.select("pmid", "title").sort("pmid").iter_rows()
    ]


def labelled(sentences: pl.DataFrame, verdicts: pl.DataFrame, answers: pl.DataFrame, tables: list[Table]) -> Outcomes:
    """Return what sentences came to: what the teacher said, or why it said nothing that can be used.

    Args:
        sentences: example_id, pmid, text.
        verdicts: example_id, verdict of the pre-filter.
        answers: example_id, draw, answer.
        tables: those of verdicts and answers, whose quarantine says why there are none.

    Returns:
        For each, by PMID: pmid, sentence, verdict (None without a pre-filter), answers, refused (reasons).
    """
    passed = dict(verdicts.select("example_id", "verdict").iter_rows())
    said: dict[str, list[str]] = {}
    for example_id, answer in answers.sort("example_id", "draw").select("example_id", "answer").iter_rows():
        said.setdefault(example_id, []).append(answer)
    refused: dict[str, list[str]] = {}
    for table in tables:
        for example_id, reason in SENTENCE.in_quarantine(table).select("unit", "reason").iter_rows():
            refused.setdefault(example_id, []).append(reason)
    return [
        {
            "pmid": row["pmid"],
            "sentence": row["text"],
            "verdict": passed.get(row["example_id"]),
            "answers": said.get(row["example_id"], []),
            "refused": refused.get(row["example_id"], []),
        }
        for row in sentences.sort("pmid", "example_id").iter_rows(named=True)
    ]
