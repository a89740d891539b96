"""What a report is about."""

from dataclasses import dataclass

from mesh.branch import Branch
from tasks.preference.rule import PreferenceRule
from tasks.preference.score import Measure
from tasks.serving.spending import Limits
from tasks.store.reference import StageResult, TableRef
from tasks.vocabulary.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class RunTables:
    """The branch, the tables of one run, what its stages reported, and where its dataset was written.

    ``deciding`` are the scores that preferences go by: the rule's, or an evaluator's with its ``verdicts``; ``limits``
    hold the prices.
    """

    branch: Branch
    vocabulary: Vocabulary
    seed: int
    rule: PreferenceRule
    articles: TableRef
    samples: TableRef
    questions: list[TableRef]
    candidates: TableRef
    contexts: TableRef
    scores: dict[Measure, TableRef]
    deciding: TableRef
    verdicts: TableRef | None
    preferences: TableRef
    answers: TableRef
    passed_answers: TableRef
    dataset: str
    results: list[StageResult]
    limits: Limits
