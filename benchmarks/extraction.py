"""What can a small student extract, and does it clean up its teacher's mistakes?

    python -m benchmarks.extraction [--data ../shared/data] [--parts ceiling heads noise gad phi] [--encoder NAME]
    python -m benchmarks.extraction --report

On the ADE corpus, divided by PMID into five folds, with MiniLM (22M parameters) unless another encoder is named:

- ceiling: a student of gold labels on each fold. Sentences with relations alone, as SpERT is scored, and all sentences.
- heads: linear, mlp and biaffine on all test sentences, and on those with several drugs whose events differ.
- noise: students of a SIMULATED teacher (gold labels spoilt to a given F1) on fold 0, against that teacher's own F1.

GAD (train, dev) and Presidio's PHI (one fifth of the templates) by the same machinery. What was found is stored part
by part; --report prints it, the last line one JSON object.
"""

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from tasks.evaluation.percent import in_percent
from tasks.extraction.ade_corpus import read_ade_corpus
from tasks.extraction.built_in import ADE, GDA, PHI
from tasks.extraction.declaration import ExtractionTask
from tasks.extraction.examples import drug_spans, relation_pairs
from tasks.extraction.gad import read_gad
from tasks.extraction.judge import JudgedExtraction, judge
from tasks.extraction.phi import read_phi
from tasks.extraction.scores import score_relations
from tasks.extraction.simulated_teacher import corrupt, mistakes_for_f1
from tasks.extraction.splits import with_fold
from tasks.extraction.student.settings import Head, StudentSettings
from tasks.extraction.student.train import predict, train_student

STORED = Path(__file__).parent / "results" / "extraction.json"
FOLDS = 5
TEACHERS = (0.75, 0.82, 0.88)
SIZES = (1_000, 2_000, 4_000)
WITH_RELATIONS = 0.6
"""Share of sentences with relations among those that a simulated teacher labels."""
HEADS: tuple[Head, ...] = ("mlp", "linear", "biaffine")


def main() -> None:
    """Run the parts, storing each, or print what is stored."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--parts", nargs="*", default=["ceiling", "heads", "noise", "gad", "phi"])
    parser.add_argument("--encoder", default=StudentSettings().encoder)
    parser.add_argument("--report", action="store_true")
    chosen = parser.parse_args()
    if not chosen.report:
        settings = StudentSettings(encoder=chosen.encoder)
        parts = {"ceiling": ceiling, "heads": heads, "noise": noise, "gad": gad, "phi": phi}
        for name in chosen.parts:
            stored = json.loads(STORED.read_text()) if STORED.exists() else {}
            began = time.monotonic()
            stored[name] = {**parts[name](chosen.data, settings), "seconds": round(time.monotonic() - began)}
            STORED.parent.mkdir(exist_ok=True)
            STORED.write_text(json.dumps(stored, indent=1) + "\n")
    report(json.loads(STORED.read_text()))


def ceiling(data: Path, settings: StudentSettings) -> dict[str, Any]:
    """Return the scores of students of gold labels: every sentence is predicted by the student of the other folds."""
    examples = gold_ade(data)
    related = with_relations(examples)
    found: dict[str, Any] = {}
    for name, rows in (("sentences with relations", related), ("all sentences", examples)):
        predicted = pl.concat([by_student(rows, fold, settings) for fold in range(FOLDS)])
        found[name] = described(judge(rows, predicted, ADE))
    return found


def heads(data: Path, settings: StudentSettings) -> dict[str, Any]:
    """Return each head's strict F1 on the first fold, and on its sentences with drugs whose events differ."""
    examples = with_relations(gold_ade(data))
    test = examples.filter(fold=0)
    differ = test.filter(pl.Series([events_differ(row) for row in test.iter_rows(named=True)]))
    found: dict[str, Any] = {"sentences": len(test), "with events that differ": len(differ)}
    for head in HEADS:
        predicted = by_student(examples, 0, settings.model_copy(update={"head": head}))
        found[head] = {
            name: asdict(score_relations(rows, predicted.join(rows, on="example_id", how="semi"), "strict"))
            for name, rows in (("all", test), ("events differ", differ))
        }
    return found


def noise(data: Path, settings: StudentSettings) -> dict[str, Any]:
    """Return the strict F1 of students of simulated teachers, and what these have on the same test sentences."""
    examples = gold_ade(data)
    test, rest = (examples.filter(pl.col("fold") == 0), examples.filter(pl.col("fold") != 0))
    test = with_relations(test)
    some, none = with_relations(rest), rest.filter(pl.col("relations").list.len() == 0)
    found: dict[str, Any] = {"teachers": {}, "students": []}
    for f1 in TEACHERS:
        mistakes = mistakes_for_f1(f1)
        own = score_relations(test, corrupt(test.drop("fold"), mistakes), "strict")
        found["teachers"][str(f1)] = asdict(own)
        for size in SIZES:
            positive = round(WITH_RELATIONS * size)
            gold = pl.concat([by_hash(some, positive), by_hash(none, size - positive)]).drop("fold")
            student = train_student(corrupt(gold, mistakes), ADE, settings)
            predicted = predict(test, ADE, student.student, student.tokenizer)
            score = score_relations(test, predicted, "strict")
            found["students"].append({"teacher": f1, "sentences": size, **asdict(score)})
    return found


def gad(data: Path, settings: StudentSettings) -> dict[str, Any]:
    """Return the scores on GAD's dev sentences of a student of its train sentences that are not among them."""
    train, dev = (read_gad([data / "gad" / name]).examples for name in ("train.tsv", "dev.tsv"))
    return supervised(train.join(dev, on="example_id", how="anti"), dev, GDA, settings)


def phi(data: Path, settings: StudentSettings) -> dict[str, Any]:
    """Return the scores on a fifth of the templates of a student of the others."""
    examples = with_fold(read_phi(data / "deid" / "synth_dataset_v2.json").examples, FOLDS)
    return supervised(examples.filter(pl.col("fold") != 0), examples.filter(fold=0).drop("fold"), PHI, settings)


def supervised(
    train: pl.DataFrame, test: pl.DataFrame, task: ExtractionTask, settings: StudentSettings
) -> dict[str, Any]:
    """Return the scores of a student of gold labels."""
    trained = train_student(train, task, settings)
    return described(judge(test, predict(test, task, trained.student, trained.tokenizer), task))


def gold_ade(data: Path) -> pl.DataFrame:
    """Return the corpus with folds by PMID."""
    return with_fold(read_ade_corpus(data / "ade").examples, FOLDS)


def with_relations(examples: pl.DataFrame) -> pl.DataFrame:
    """Return the sentences that have any."""
    return examples.filter(pl.col("relations").list.len() > 0)


def by_student(examples: pl.DataFrame, fold: int, settings: StudentSettings) -> pl.DataFrame:
    """Return a fold as a student of the others' gold labels predicts it."""
    trained = train_student(examples.filter(pl.col("fold") != fold).drop("fold"), ADE, settings)
    return predict(examples.filter(pl.col("fold") == fold), ADE, trained.student, trained.tokenizer)


def by_hash(examples: pl.DataFrame, count: int) -> pl.DataFrame:
    """Return so many sentences, by an order that has nothing to do with what they say."""
    return examples.sort("example_id").head(count)


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


def report(stored: dict[str, Any]) -> None:
    """Print what is stored."""
    console = Console(width=120)
    table = Table("student of gold labels", "precision, %", "recall, %", "F1, %", box=None)
    parts = {f"ade, {name}": part for name, part in stored.get("ceiling", {}).items() if name != "seconds"}
    for name, part in (parts | {name: stored[name] for name in ("gad", "phi") if name in stored}).items():
        for score_name, score in part["scores"].items():
            if name != "phi" or score_name == "spans":
                table.add_row(f"{name}: {score_name}", *row_of(score))
        if part["accuracy"]:
            table.add_row(f"{name}: accuracy", "", "", in_percent(part["accuracy"]))
    console.print(table)
    if "heads" in stored:
        table = Table("head", "strict F1, all", "strict F1, events differ", box=None)
        for head in HEADS:
            table.add_row(head, *(in_percent(stored["heads"][head][name]["f1"]) for name in ("all", "events differ")))
        console.print(table)
    if "noise" in stored:
        table = Table("SIMULATED teacher, F1", *(f"student of {size:,}" for size in SIZES), box=None)
        for f1, own in stored["noise"]["teachers"].items():
            students = [each for each in stored["noise"]["students"] if each["teacher"] == float(f1)]
            table.add_row(in_percent(own["f1"]), *(in_percent(each["f1"]) for each in students))
        console.print(table)
    scores = stored["ceiling"]["sentences with relations"]["scores"]
    values = {name: round(100 * scores[f"relations, {name}"]["f1"]["value"], 2) for name in ("strict", "lenient")}
    print(json.dumps({f"{name}_f1": value for name, value in values.items()}))


def row_of(score: dict[str, Any]) -> list[str]:
    """Return precision, recall and F1 with their intervals."""
    return [in_percent(score[name]) for name in ("precision", "recall", "f1")]


if __name__ == "__main__":
    main()
