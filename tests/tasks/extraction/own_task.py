"""A task as a user would declare it, in one file: doses of drugs."""

from tasks.extraction.counts import count_spans
from tasks.extraction.declaration import ExtractionTask, Question, Shot
from tasks.extraction.phi import read_phi
from tasks.extraction.targets import SPANS, Targets
from tasks.extraction.teacher_format import parse_answer
from tasks.extraction.teacher_labels import LocationCounts, spans_of_answer

LABELS = ("DOSE",)


def _read(text: str, answer: str, counts: LocationCounts) -> Targets | None:
    return spans_of_answer(text, parse_answer(answer), LABELS, counts)


DOSES = ExtractionTask(
    name="tests.tasks.extraction.own_task:DOSES",
    form=SPANS,
    question=Question(
        instruction="List the doses in the sentence as 'DOSE: dose | dose', or 'none'.",
        pattern=r"none|DOSE: [^\n|]+( \| [^\n|]+)*",
        shots=(Shot("She took 5 mg at night.", "DOSE: 5 mg"),),
        read=_read,
    ),
    count=count_spans,
    read_gold=lambda paths: read_phi(paths[0]),
    span_labels=LABELS,
)
