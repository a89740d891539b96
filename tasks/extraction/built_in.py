"""The extraction tasks that are built in. A further one is declared like these, in a file of its own."""

from collections.abc import Sequence
from pathlib import Path

from tasks.errors import DistilleryError
from tasks.extraction.ade_corpus import read_ade_corpus
from tasks.extraction.counts import count_labels, count_relations, count_spans
from tasks.extraction.declaration import ExtractionTask, Question, Shot
from tasks.extraction.gad import read_gad
from tasks.extraction.gold import Gold
from tasks.extraction.mention_names import DISEASE_BRANCHES, DRUG_BRANCHES, GENE_BRANCHES
from tasks.extraction.mentions import Mention
from tasks.extraction.phi import read_phi
from tasks.extraction.spert_folds import read_spert
from tasks.extraction.targets import DRUG, RELATIONS, SENTENCES, SPANS, Targets
from tasks.extraction.teacher_format import NONE, parse_answer
from tasks.extraction.teacher_labels import LocationCounts, labels_of_answer, spans_of_answer

NAME = r"[^\s:|](?:[^\n:|]{0,78}[^\s:|])?"
LINES = rf"(?:{NONE}|{NAME}: {NAME}(?: \| {NAME}){{0,5}}(?:\n{NAME}: {NAME}(?: \| {NAME}){{0,5}}){{0,7}})"
"""Eight lines of six names of eighty characters at most: a small model would ramble to the token limit."""


def _only(paths: Sequence[Path]) -> Path:
    if len(paths) != 1:
        raise DistilleryError(f"expected one gold file or folder, got {', '.join(map(str, paths))}")
    return paths[0]


def _read_ade(paths: Sequence[Path]) -> Gold:
    if paths and all(path.suffix == ".json" for path in paths):
        return read_spert(paths)
    if len(paths) == 1 and paths[0].is_dir():
        return read_ade_corpus(paths[0])
    raise DistilleryError(
        f"expected a folder of the ADE corpus, or .json files of SpERT's folds of it, got {', '.join(map(str, paths))}"
    )


def _read_events(text: str, answer: str, counts: LocationCounts) -> Targets | None:
    return labels_of_answer(text, parse_answer(answer), counts)


def _read_association(text: str, answer: str, counts: LocationCounts) -> Targets | None:
    said = answer.strip().strip("*`'\".").casefold()
    if said not in GDA_LABELS:
        counts.malformed["neither of the labels"] += 1
        return None
    return Targets(label=GDA_LABELS.index(said))


GDA_LABELS = ("not associated", "associated")
ADE = ExtractionTask(
    name="ade",
    form=RELATIONS,
    question=Question(
        instruction="You read a sentence from a medical article and list the drugs in it, one line each, with the "
        "adverse events that the sentence says the drug caused: 'drug: event | event', or 'drug: none'. Copy names "
        "exactly as they are spelled. Write 'none' if the sentence names no drug.",
        pattern=LINES,
        shots=(
            Shot(
                "Two patients developed interstitial pneumonitis and fever while taking amiodarone.",
                "amiodarone: interstitial pneumonitis | fever",
            ),
            Shot("Serum lithium was measured every week in all twelve volunteers.", "lithium: none"),
            Shot(
                "Ototoxicity was attributed to gentamicin, whereas the rash appeared after ampicillin.",
                "gentamicin: Ototoxicity\nampicillin: rash",
            ),
            Shot("The tumour was removed without complications.", NONE),
        ),
        read=_read_events,
        whether="You read a sentence from a medical article. Say 'yes' if it says that a drug caused an adverse event, "
        "else 'no'.",
    ),
    count=count_relations,
    read_gold=_read_ade,
    span_labels=(DRUG,),
    anchor=DRUG,
    mentions=(Mention(DRUG_BRANCHES, substances=True),),
)
GDA = ExtractionTask(
    name="gda",
    form=SENTENCES,
    question=Question(
        instruction="You read a sentence in which a gene is written @GENE$ and a disease @DISEASE$. You say whether it "
        "states that the two are associated: 'associated' or 'not associated'.",
        pattern="(?:not )?associated",
        shots=(
            Shot("Carriers of the T allele of @GENE$ had twice the risk of @DISEASE$.", "associated"),
            Shot("We found no relation between variants of @GENE$ and @DISEASE$.", "not associated"),
            Shot("@GENE$ was sequenced in families with @DISEASE$.", "not associated"),
            Shot("Mutations in @GENE$ cause a dominant form of @DISEASE$.", "associated"),
        ),
        read=_read_association,
    ),
    count=count_labels,
    read_gold=read_gad,
    sentence_labels=GDA_LABELS,
    mentions=(Mention(GENE_BRANCHES, "@GENE$"), Mention(DISEASE_BRANCHES, "@DISEASE$")),
)
PHI_LABELS = (
    "AGE", "CREDIT_CARD", "DATE_TIME", "DOMAIN_NAME", "EMAIL_ADDRESS", "GPE", "IBAN_CODE", "IP_ADDRESS", "NRP",
    "ORGANIZATION", "PERSON", "PHONE_NUMBER", "STREET_ADDRESS", "TITLE", "US_DRIVER_LICENSE", "US_SSN", "ZIP_CODE",
)  # fmt: skip
PHI = ExtractionTask(
    name="phi",
    form=SPANS,
    question=Question(
        instruction="You read a sentence and list the personal data in it, one line for each kind: 'KIND: text | "
        f"text'. The kinds are {', '.join(PHI_LABELS)}. Copy the text exactly as it is spelled. Write 'none' if there "
        "is none.",
        pattern=LINES,
        shots=(
            Shot("Maria Lopez, 41, moved from Lyon to Porto.", "PERSON: Maria Lopez\nAGE: 41\nGPE: Lyon | Porto"),
            Shot("The clinic opens at eight every day.", NONE),
            Shot(
                "Write to j.doe@example.org before 3 March 2021.",
                "EMAIL_ADDRESS: j.doe@example.org\nDATE_TIME: 3 March 2021",
            ),
            Shot("Dr. Chen works for Acme Health.", "TITLE: Dr.\nPERSON: Chen\nORGANIZATION: Acme Health"),
        ),
        read=lambda text, answer, counts: spans_of_answer(text, parse_answer(answer), PHI_LABELS, counts),
        whether="You read a sentence. Say 'yes' if it holds personal data such as names, addresses or numbers that "
        "tell who someone is, else 'no'.",
    ),
    count=count_spans,
    read_gold=lambda paths: read_phi(_only(paths)),
    span_labels=PHI_LABELS,
)
BUILT_IN = {task.name: task for task in (ADE, GDA, PHI)}
