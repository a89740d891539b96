"""What can a small student extract, and does it clean up its teacher's mistakes?

    python -m benchmarks.extraction [--data ../shared/data] [--parts ceiling heads noise gad phi] [--encoder NAME]
    python -m benchmarks.extraction --spert FOLDER
    python -m benchmarks.extraction --report [--plot FILE.html]

On the ADE corpus, divided by PMID into five folds, with MiniLM (22M parameters) unless another encoder is named:

- ceiling: a student of gold labels on each fold, sentences with relations alone, as SpERT is scored.
- everything: the same on all sentences, the first fold alone.
- heads: linear, mlp and biaffine, students of one half of the articles on the other half: on all sentences, and on
  those with several drugs whose events differ.
- noise: students of a SIMULATED teacher (gold labels spoilt to a given F1) on the first fold, against the teacher's
  F1 on the same sentences.

GAD (train, dev) and Presidio's PHI (one fifth of the templates) by the same machinery. Students are kept below
DISTILLERY_ROOT, so a killed run goes on. What was found is stored part by part, so that parts may run side by side;
--report prints it, the last line one JSON object.
"""

import argparse
import json
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
from filelock import FileLock

from benchmarks.extraction_report import UNSEEN, draw_noise, report
from tasks.extraction.ade_corpus import read_ade_corpus
from tasks.extraction.built_in import ADE, GDA, PHI
from tasks.extraction.counts import MATCHES
from tasks.extraction.declaration import ExtractionTask
from tasks.extraction.examples import drug_spans, relation_pairs
from tasks.extraction.fold_scores import FoldScores, score_folds
from tasks.extraction.gad import read_gad
from tasks.extraction.judge import JudgedExtraction, judge
from tasks.extraction.phi import read_phi
from tasks.extraction.scores import f1_difference, score_relations
from tasks.extraction.simulated_teacher import corrupt, mistakes_for_f1
from tasks.extraction.spert_folds import read_spert
from tasks.extraction.splits import by_hash, with_fold
from tasks.extraction.student.files import load_student
from tasks.extraction.student.keep import keep_student
from tasks.extraction.student.kept import Epoch
from tasks.extraction.student.predict import predict
from tasks.extraction.student.settings import Head, StudentSettings
from tasks.settings import settings as places

STORED = Path(__file__).parent / "results" / "extraction.json"
FOLDS = 5
HALVES, PUBLISHED_FOLDS = 2, 10
CHOSEN_ON = 0
"""The fold that learning rate, epochs and averaging were chosen on."""
TEACHERS = (0.75, 0.82, 0.88)
SIZES = {1_000: 10.0, 2_000: 10.0, 4_000: 6.0}
"""Sentences that a simulated teacher labels, and epochs: many sentences need fewer."""
WITH_RELATIONS = 0.6
"""Share of sentences with relations among those that a simulated teacher labels."""
HEADS: tuple[Head, ...] = ("mlp", "linear", "biaffine")


def main() -> None:
    """Run the parts, storing each, or print what is stored."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--parts", nargs="*", default=list(PARTS), choices=PARTS)
    parser.add_argument("--spert", type=Path, help="a folder of SpERT's ten folds; they are run instead of the parts")
    parser.add_argument("--encoder", default=StudentSettings().encoder)
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--plot", type=Path)
    chosen = parser.parse_args()
    runs = [(PARTS[name], name, chosen.data) for name in chosen.parts]
    if chosen.spert:
        runs = [(spert, "spert", chosen.spert)]
    for part, name, data in () if chosen.report else runs:
        began = time.monotonic()
        found = part(data, StudentSettings(encoder=chosen.encoder))
        store(name, chosen.encoder, {**found, "seconds": round(time.monotonic() - began)})
    stored = json.loads(STORED.read_text())[chosen.encoder]
    if chosen.plot:
        chosen.plot.write_text(draw_noise(stored["noise"]).to_html(include_plotlyjs=True))
    report(stored)


def store(name: str, encoder: str, found: dict[str, Any]) -> None:
    """Put what a part came to beside what the others did, and other encoders."""
    STORED.parent.mkdir(exist_ok=True)
    with FileLock(STORED.with_suffix(".lock")):
        stored = json.loads(STORED.read_text()) if STORED.exists() else {}
        stored.setdefault(encoder, {})[name] = found
        STORED.write_text(json.dumps(stored, indent=1) + "\n")


def ceiling(data: Path, settings: StudentSettings) -> dict[str, Any]:
    """Return the scores of students of gold labels: every sentence is predicted by the student of the other folds."""
    examples = with_relations(gold_ade(data, FOLDS))
    predicted = pl.concat([by_student(examples, fold, settings) for fold in range(FOLDS)])
    unseen = examples.filter(pl.col("fold") != CHOSEN_ON)
    return {
        **described(judge(examples, predicted, ADE)),
        "spert": spert_style(examples, predicted),
        UNSEEN: described(judge(unseen, predicted.join(unseen, on="example_id", how="semi"), ADE)),
    }


def spert(folder: Path, settings: StudentSettings) -> dict[str, Any]:
    """Return the scores on the ten folds that SpERT published (``ade_split_0_train.json``, …), in a folder."""
    tested, predicted = [], []
    left_out = Counter[str]()
    for fold in range(PUBLISHED_FOLDS):
        train, test = (read_spert([folder / f"ade_split_{fold}_{part}.json"]) for part in ("train", "test"))
        left_out += Counter({"merged": test.merged, "refused": len(test.refused), "conflicts": len(test.conflicts)})
        tested.append(test.examples.with_columns(fold=fold))
        student = kept(train.examples, ADE, settings)
        predicted.append(predicted_by(student, test.examples, ADE).with_columns(fold=fold))
    return {**fold_summary(score_folds(pl.concat(tested), pl.concat(predicted))), "left out of the tests": left_out}


def spert_style(examples: pl.DataFrame, predicted: pl.DataFrame) -> dict[str, Any]:
    """Return what SpERT publishes, macro over types and mean over folds, on our folds by PMID."""
    folds = examples.select("example_id", "fold")
    return fold_summary(score_folds(examples, predicted.join(folds, on="example_id")))


def fold_summary(scores: FoldScores) -> dict[str, Any]:
    """Return scores over folds as JSON."""
    return {"entity_f1": scores.entity_f1, "relation_f1": scores.relation_f1, "folds": scores.folds.to_dicts()}


def everything(data: Path, settings: StudentSettings) -> dict[str, Any]:
    """Return the scores on all sentences of the first fold, most of which have no relation."""
    examples = gold_ade(data, FOLDS)
    return described(judge(examples.filter(fold=0), by_student(examples, 0, settings), ADE))


def heads(data: Path, settings: StudentSettings) -> dict[str, Any]:
    """Return each head's F1, on all sentences and on those with drugs whose events differ, and how far mlp is ahead."""
    examples = with_relations(gold_ade(data, HALVES))
    tested = examples.filter(fold=0)
    differ = tested.filter(pl.Series([events_differ(row) for row in tested.iter_rows(named=True)]))
    slices = {"all": tested, "events differ": differ}
    predicted = {head: by_student(examples, 0, settings.model_copy(update={"head": head})) for head in HEADS}
    found: dict[str, Any] = {"sentences": {name: len(rows) for name, rows in slices.items()}}
    for head in HEADS:
        found[head] = {
            name: {
                "score": asdict(score_relations(rows, of(rows, predicted[head]), "strict")),
                "less than mlp by": asdict(
                    f1_difference(rows, of(rows, predicted["mlp"]), of(rows, predicted[head]), ADE.count)
                ),
            }
            for name, rows in slices.items()
        }
    return found


def noise(data: Path, settings: StudentSettings) -> dict[str, Any]:
    """Return the F1 of students of simulated teachers, and what these have on the same test sentences."""
    examples = gold_ade(data, FOLDS)
    test = with_relations(examples.filter(fold=0)).drop("fold")
    rest = examples.filter(pl.col("fold") != 0).drop("fold")
    some, none = with_relations(rest), rest.filter(pl.col("relations").list.len() == 0)
    found: dict[str, Any] = {"teachers": {}, "students": []}
    for f1 in TEACHERS:
        mistakes = mistakes_for_f1(f1)
        teacher = corrupt(test, mistakes)
        found["teachers"][str(f1)] = both_scores(test, teacher)
        for size, epochs in SIZES.items():
            positive = round(WITH_RELATIONS * size)
            gold = pl.concat([by_hash(some, positive), by_hash(none, size - positive)])
            as_long = settings.model_copy(update={"epochs": epochs})
            student = predicted_by(kept(corrupt(gold, mistakes), ADE, as_long), test, ADE)
            ahead = asdict(f1_difference(test, student, teacher, ADE.count))
            told = {"teacher": f1, "sentences": size, "ahead": ahead, **both_scores(test, student)}
            found["students"].append(told)
            store("noise", settings.encoder, found)
    return found


def gad(data: Path, settings: StudentSettings) -> dict[str, Any]:
    """Return the scores on GAD's dev sentences of a student of its train sentences that are not among them."""
    train, dev = (read_gad([data / "gad" / name]).examples for name in ("train.tsv", "dev.tsv"))
    return supervised(train.join(dev, on="example_id", how="anti"), dev, GDA, settings)


def phi(data: Path, settings: StudentSettings) -> dict[str, Any]:
    """Return the scores on a fifth of the templates of a student of the others."""
    examples = with_fold(read_phi(data / "deid" / "synth_dataset_v2.json").examples, FOLDS)
    return supervised(examples.filter(pl.col("fold") != 0), examples.filter(fold=0).drop("fold"), PHI, settings)


PARTS = {"ceiling": ceiling, "noise": noise, "heads": heads, "gad": gad, "phi": phi, "everything": everything}


def supervised(
    train: pl.DataFrame, test: pl.DataFrame, task: ExtractionTask, settings: StudentSettings
) -> dict[str, Any]:
    """Return the scores of a student of gold labels."""
    return described(judge(test, predicted_by(kept(train, task, settings), test, task), task))


def kept(examples: pl.DataFrame, task: ExtractionTask, settings: StudentSettings) -> Path:
    """Return the folder of a student of these examples, trained where there is none."""
    root = Path(places().root) / "benchmarks"
    done = keep_student(root, examples.select(*task.form.schema), task, settings, "gold, or spoilt gold", told)
    print(f"{task.name}, {len(examples):,} sentences: {done.best_f1:.3f} held out, {done.folder.name}", flush=True)
    return done.folder


def told(epoch: Epoch) -> None:
    """Say what an epoch came to."""
    print(f"  epoch {epoch.epoch:.0f}: {epoch.f1:.3f}", flush=True)


def predicted_by(folder: Path, examples: pl.DataFrame, task: ExtractionTask) -> pl.DataFrame:
    """Return the examples as the student in a folder labels them."""
    return predict(examples, task, *load_student(folder))


def by_student(examples: pl.DataFrame, fold: int, settings: StudentSettings) -> pl.DataFrame:
    """Return a fold as a student of the others' gold labels predicts it."""
    student = kept(examples.filter(pl.col("fold") != fold), ADE, settings)
    return predicted_by(student, examples.filter(fold=fold), ADE)


def both_scores(gold: pl.DataFrame, predicted: pl.DataFrame) -> dict[str, Any]:
    """Return the strict and the lenient score."""
    return {matching: asdict(score_relations(gold, predicted, matching)) for matching in MATCHES}


def of(rows: pl.DataFrame, predicted: pl.DataFrame) -> pl.DataFrame:
    """Return what was predicted for these sentences."""
    return predicted.join(rows, on="example_id", how="semi")


def gold_ade(data: Path, folds: int) -> pl.DataFrame:
    """Return the corpus with folds by PMID."""
    return with_fold(read_ade_corpus(data / "ade").examples, folds)


def with_relations(examples: pl.DataFrame) -> pl.DataFrame:
    """Return the sentences that have any."""
    return examples.filter(pl.col("relations").list.len() > 0)


def events_differ(row: dict[str, Any]) -> bool:
    """Return whether a sentence has several drugs that did not cause the same events."""
    drugs = drug_spans(row["drugs"])
    caused = [frozenset(pair.event for pair in relation_pairs(row["relations"]) if pair.drug == drug) for drug in drugs]
    return len(set(caused)) > 1


def described(judged: JudgedExtraction) -> dict[str, Any]:
    """Return scores and mistakes as JSON."""
    scores = {name: asdict(score) for name, score in judged.scores.items()}
    accuracy = None if judged.accuracy is None else asdict(judged.accuracy)
    return {"sentences": len(judged.gold), "scores": scores, "accuracy": accuracy, "mistakes": judged.mistake_counts}


if __name__ == "__main__":
    main()
