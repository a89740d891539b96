"""What today's gates say of answers, each with its question and evidence: where reviews meet the gates of answers."""

from typing import Any

import polars as pl

from tasks.answers.answerer import Answerer
from tasks.answers.gates.case import Example
from tasks.answers.gates.pass_gates import case_of
from tasks.answers.gates.registry import refusals
from tasks.answers.gates.settings import AnswerGates
from tasks.kinds import Kind


def answers_refused_by(answers: pl.DataFrame) -> list[list[str]]:
    """Return for each answer the names of the gates that refuse it, an empty list where all let it through.

    The gates of the defaults are asked; an answer that names nothing as used is taken for one that was not asked to.

    Args:
        answers: question, kind, decision, short_answer, long_answer, cited (PMIDs), and passages (pmid, title and
            abstract of what the model was shown, the source first).
    """
    return [_reasons(row) for row in answers.iter_rows(named=True)]


def _reasons(row: dict[str, Any]) -> list[str]:
    cited = list(row["cited"] or ())
    answerer = Answerer(cites=bool(cited))
    examples = tuple(map(Example.of, answerer.prompt_of(Kind(row["kind"])).shots))
    case = case_of({**row, "cited": cited, "probability": None}, answerer, examples)
    return [name.value for name in refusals(case, AnswerGates())]
