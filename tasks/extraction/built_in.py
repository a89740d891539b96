"""The extraction tasks that are built in. A further one is declared like these, in a file of its own."""

from tasks.extraction.declaration import ExtractionTask
from tasks.extraction.scores import score_labels, score_relations, score_spans
from tasks.extraction.targets import DRUG, RELATIONS, SENTENCES, SPANS

ADE = ExtractionTask(
    name="ade",
    form=RELATIONS,
    f1=lambda gold, predicted: score_relations(gold, predicted, "strict", resamples=1).f1.value,
    span_labels=(DRUG,),
    anchor=DRUG,
)
GDA = ExtractionTask(
    name="gda",
    form=SENTENCES,
    f1=lambda gold, predicted: score_labels(gold, predicted, resamples=1).positive.f1.value,
    sentence_labels=("not associated", "associated"),
)
PHI = ExtractionTask(
    name="phi",
    form=SPANS,
    f1=lambda gold, predicted: score_spans(gold, predicted, resamples=1).micro.f1.value,
    span_labels=(
        "AGE", "CREDIT_CARD", "DATE_TIME", "DOMAIN_NAME", "EMAIL_ADDRESS", "GPE", "IBAN_CODE", "IP_ADDRESS", "NRP",
        "ORGANIZATION", "PERSON", "PHONE_NUMBER", "STREET_ADDRESS", "TITLE", "US_DRIVER_LICENSE", "US_SSN", "ZIP_CODE",
    ),
)  # fmt: skip
BUILT_IN = {task.name: task for task in (ADE, GDA, PHI)}
