"""What does a student cost: beside other ways of relating events to drugs, and beside its teacher?

    python -m benchmarks.extraction_cost [--encoder NAME] [--sentences 24] [--without-teacher]

Sentences with 1, 2, 4 and 8 drugs and as many events (made up, of about 40 words), encoded by one encoder in batches of
like length in three ways; each is run three times, in turn, and the fastest counts:

- one pass: the sentence once, then a head row for each drug (this project's student, drug tags among it);
- per drug: the sentence once to tag drugs, and once more for each drug, which is marked (question answering, or
  "which words are events of THIS drug");
- per pair: the sentence once to tag drugs and events, and once more for each pair of these, both marked (relation
  classification).

The teacher is the embedded model on vLLM, asked about the same sentences with four examples; the student beside it is
timed from text to tags of the events of every drug, the drugs being known (untrained heads find anything). The last
line is one JSON object; ratios are times as fast as the named way, on this machine.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl
import torch
from rich.console import Console
from rich.table import Table

from tasks.extraction.ask_teacher import teacher_asking, wanted_answers
from tasks.extraction.built_in import ADE
from tasks.extraction.examples import ADE_SCHEMA, Relation, Span, ade_example, drug_spans, relation_pairs
from tasks.extraction.student.batches import anchors_of, inputs_of, places_of
from tasks.extraction.student.model import Student
from tasks.extraction.student.new_student import new_student
from tasks.extraction.student.settings import StudentSettings
from tasks.extraction.student.words import Window, windows
from tasks.extraction.teacher import Teacher
from tasks.serving.ask_rows import ask_rows
from tasks.serving.engine import Engine, EngineSettings

DRUGS = (1, 2, 4, 8)
WORDS, RUNS = 40, 3
BATCH_TOKENS = 8192
DRUG_NAMES = ("amiodarone", "heparin", "lithium", "cisplatin", "warfarin", "digoxin", "insulin", "gentamicin")
EVENT_NAMES = ("rash", "fever", "ototoxicity", "bleeding", "tremor", "nausea", "anaphylaxis", "hepatitis")
FILLERS = ("the", "patient", "who", "had", "been", "treated", "for", "several", "weeks", "was", "seen", "again", "with")


@dataclass(frozen=True, slots=True)
class Way:
    """A way of relating events to drugs: the texts that it has the encoder read about one sentence."""

    name: str
    texts: Callable[[str, Sequence[Span], Sequence[Span]], list[str]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", default=StudentSettings().encoder)
    parser.add_argument("--sentences", type=int, default=24)
    parser.add_argument("--without-teacher", action="store_true")
    chosen = parser.parse_args()
    student, tokenizer = new_student(ADE, StudentSettings(encoder=chosen.encoder))
    student.eval().to("cuda" if torch.cuda.is_available() else "cpu")
    measured(
        ONE_PASS, [made_up(1, number) for number in range(32)], student, tokenizer
    )  # what only the first run costs
    speeds: dict[int, dict[str, tuple[float, float]]] = {}
    for count in DRUGS:
        rows = [made_up(count, number) for number in range(chosen.sentences)]
        runs = [{way.name: measured(way, rows, student, tokenizer) for way in WAYS} for _ in range(RUNS)]
        speeds[count] = {way.name: max((run[way.name] for run in runs), key=lambda each: each[1]) for way in WAYS}
    table = Table("drugs", *(f"{way.name}: {what}" for way in WAYS for what in ("passes", "sentences/s")), box=None)
    for count, ways in speeds.items():
        table.add_row(str(count), *(f"{value:,.1f}" for way in WAYS for value in ways[way.name]))
    Console(width=140).print(table)
    summary = {
        f"{name}_at_{count}": round(ways[ONE_PASS.name][1] / ways[way.name][1], 2)
        for count, ways in speeds.items()
        for name, way in (("ratio_per_drug", PER_DRUG), ("ratio_per_pair", PER_PAIR))
    }
    if not chosen.without_teacher:
        rows = [made_up(DRUGS[number % len(DRUGS)], number) for number in range(chosen.sentences)]
        own = max(measured(ONE_PASS, rows, student, tokenizer)[1] for _ in range(RUNS))
        teacher = teacher_speed(rows)
        summary |= {
            "teacher_per_s": round(teacher, 2),
            "student_per_s": round(own, 1),
            "ratio_teacher": round(own / teacher, 1),
        }
    print(json.dumps(summary))


def made_up(count: int, number: int) -> dict[str, object]:
    """Return a sentence with so many drugs and events."""
    words, places = [], {}
    for which in range(count):
        for kind, names in (("event", EVENT_NAMES), ("drug", DRUG_NAMES)):
            words += [FILLERS[(number + which + step) % len(FILLERS)] for step in range(WORDS // (2 * count) - 1)]
            words.append(names[(number + which) % len(names)])
            places[kind, which] = len(words) - 1
    words.append(f"case {number}")
    starts = [sum(len(word) + 1 for word in words[:place]) for place in range(len(words))]
    spans = {key: Span(starts[place], starts[place] + len(words[place])) for key, place in places.items()}
    pairs = [Relation(spans["drug", which], spans["event", which]) for which in range(count)]
    return ade_example(" ".join(words), (), pairs, pmid=number)


def marked(text: str, *spans: Span) -> str:
    """Return the text with signs around spans."""
    for span in sorted(spans, reverse=True):
        text = f"{text[: span.start]}@ {text[span.start : span.end]} @{text[span.end :]}"
    return text


ONE_PASS = Way("one pass", lambda text, drugs, events: [text])
PER_DRUG = Way("per drug", lambda text, drugs, events: [text, *(marked(text, drug) for drug in drugs)])
PER_PAIR = Way(
    "per pair", lambda text, drugs, events: [text, *(marked(text, drug, event) for drug in drugs for event in events)]
)
WAYS = (ONE_PASS, PER_DRUG, PER_PAIR)


def measured(way: Way, rows: Sequence[dict[str, object]], student: Student, tokenizer: object) -> tuple[float, float]:
    """Return encoder passes for a sentence and sentences a second, the drugs and events being known."""
    known = [
        (str(row["text"]), drug_spans(row["drugs"]), [pair.event for pair in relation_pairs(row["relations"])])
        for row in rows
    ]
    began = time.monotonic()
    texts = [read for text, drugs, events in known for read in way.texts(text, drugs, events)]
    cut = windows(texts, tokenizer, student.config.window, student.config.overlap)
    drugs = {number: row[1] for number, row in enumerate(known)} if way is ONE_PASS else {}
    with torch.inference_mode():
        for batch in batches(cut):
            read = inputs_of(batch, tokenizer.pad_token_id)
            encoded = student.encode(**{name: values.to(student.device) for name, values in read.items()})
            # Whoever encodes a text for one drug has its tags from one row of the head; what pairs are classified from
            # costs nothing beside the encoder, so it is left out.
            if way is ONE_PASS:
                places = [[places_of(drug, window) for drug in drugs[window.example]] for window in batch]
                weights = anchors_of(places, encoded.hidden.shape[1]).to(student.device)
                student.relate(encoded.hidden, weights).argmax(-1).cpu()
            encoded.tags.argmax(-1).cpu()
    return len(texts) / len(rows), len(rows) / (time.monotonic() - began)


def batches(cut: Sequence[Window]) -> list[list[Window]]:
    """Return windows of like length together."""
    ordered = sorted(cut, key=lambda window: len(window.token_ids), reverse=True)
    found = []
    while ordered:
        rows = max(1, BATCH_TOKENS // len(ordered[0].token_ids))
        found.append(ordered[:rows])
        ordered = ordered[rows:]
    return found


def teacher_speed(rows: Sequence[dict[str, object]]) -> float:
    """Return sentences a second of the embedded teacher, its start-up apart."""
    sentences = pl.DataFrame(rows, schema=ADE_SCHEMA)
    teacher = Teacher()
    wanted = wanted_answers(sentences, ADE, teacher)
    with Engine(EngineSettings()) as engine:
        endpoint = engine.endpoint(teacher.language_model)
        warm = pl.DataFrame([made_up(1, len(rows) + number) for number in range(8)], schema=ADE_SCHEMA)
        ask_rows(wanted_answers(warm, ADE, teacher), teacher_asking(ADE, teacher), endpoint)
        began = time.monotonic()
        ask_rows(wanted, teacher_asking(ADE, teacher), endpoint)
        return len(wanted) / (time.monotonic() - began)


if __name__ == "__main__":
    main()
