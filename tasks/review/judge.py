"""Hold today's gates against verdicts of people."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from tasks.review.gate_reasons import refused_by
from tasks.review.gate_scores import Judged
from tasks.review.rubric import OF_QUESTION, fit_question


@dataclass(frozen=True, slots=True)
class GatesJudged:
    """Questions with a verdict and what the gates say of them, and how many could not be had.

    ``without_article``: the root no longer holds their article; ``in_part``: criteria that may decide were left blank.
    """

    questions: Sequence[Judged]
    without_article: int
    in_part: int


def judge_gates(verdicts: pl.DataFrame, texts: pl.DataFrame) -> GatesJudged:
    """Run the gates over every question with a verdict. Of several reviewers' verdicts all have to be fit.

    Args:
        verdicts: question_id, pmid, generator, kind, question, finish_reason, reviewer, and the criteria of questions.
        texts: pmid, title, abstract.
    """
    said = [
        fit_question({name: grade for name, grade in zip(OF_QUESTION, row, strict=True) if grade is not None})
        for row in verdicts.select(OF_QUESTION).iter_rows()
    ]
    graded = verdicts.with_columns(fit=pl.Series(said, dtype=pl.Boolean))
    decided = graded.drop_nulls("fit")
    together = decided.with_columns(fit=pl.col("fit").all().over("question_id")).unique(
        "question_id", keep="first", maintain_order=True
    )
    found = together.join(texts, on="pmid", maintain_order="left")
    judged = [Judged(fit, reasons) for fit, reasons in zip(found["fit"], refused_by(found), strict=True)]
    return GatesJudged(
        questions=judged,
        without_article=len(together) - len(found),
        in_part=graded["question_id"].n_unique() - len(together),
    )
