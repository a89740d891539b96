"""Does an evaluator learn the rule, and do both orders matter?

    python -m benchmarks.evaluator [--folder data/alignment] [--steps 150]

Takes the candidates of benchmarks/alignment.py (several gated questions about each article, and their scores), labels
their pairs by the rule (lin-bma), trains the embedded model on the pairs of three quarters of the articles (margin 0.1)
and has it judge those of the others (margin 0.05) through vLLM, in both orders. Prints the agreement with the rule
without and with the training, beside two judges that need no model: the cosine of the source's embedding with those of
the articles found, and the longer question. The last line is one JSON object.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.alignment import Experiment
from tasks.preference.agreement import Agreement, agreement
from tasks.preference.evaluator import Evaluator
from tasks.preference.labels import label_pairs, wanted_labels
from tasks.preference.score import Measure
from tasks.preference.verdicts import ordered_pairs, verdict_asking, wanted_verdicts
from tasks.retrieval.search import Retrieval, find_contexts
from tasks.serving.ask_rows import ask_rows
from tasks.serving.engine import Engine, EngineSettings
from tasks.serving.model import LanguageModel
from tasks.store.row_key import ROW_KEY
from tasks.tokens import ChatTokens
from tasks.tuning.base import base_path
from tasks.tuning.checked import counted
from tasks.tuning.launch import LoggedProgress, TrainedAdapter, train_adapter
from tasks.tuning.settings import EvaluatorSft
from tasks.tuning.split import place_of, split_by_pmid
from tasks.tuning.supervised import supervised_rows

MARGIN, MARGIN_LEARNT, HELD_OUT = 0.05, 0.1, 0.25


class Judged:
    """The candidates with their contexts and the rule's scores."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        passed = experiment.sampled().filter(pl.col("reason").is_null()).drop_nulls(Measure.LIN_BMA.value)
        self.candidates = passed.select("question_id", "pmid", "question")
        self.scores = passed.select("question_id", score=Measure.LIN_BMA.value)
        asked = self.candidates.with_columns(pl.col("question_id").alias(ROW_KEY))
        self.contexts = experiment.kept(
            "contexts", lambda: find_contexts(asked, experiment.vectors(), Retrieval()).rows
        )
        self.titles = experiment.pool.select("pmid", "title")
        held_out = [pmid for pmid in self.candidates["pmid"].unique() if place_of(pmid) < HELD_OUT]
        self.test = self.candidates.filter(pl.col("pmid").is_in(held_out))

    def train(self, steps: int) -> TrainedAdapter:
        """Return an evaluator's adapter, which has seen nothing of the articles held out but their loss."""
        labels = wanted_labels(self.candidates, self.contexts, self.titles, self.scores, MARGIN_LEARNT, Evaluator())
        settings = EvaluatorSft.cpu().model_copy(
            update={"most_steps": steps, "dtype": "bfloat16", "held_out": HELD_OUT}
        )
        model = LanguageModel(dtype="float32")
        examples = label_pairs(labels, Evaluator()).rows
        checked = supervised_rows(examples, ChatTokens.load(base_path(model)), settings.max_length)
        split = split_by_pmid(checked.rows, HELD_OUT)
        return train_adapter(
            self.experiment.folder, settings, model, split, counted(checked.refused), LoggedProgress("evaluator")
        )

    def judge(self, adapter: Path | None) -> Agreement | None:
        """Return how far a model agrees with the rule on the articles held out."""
        model = LanguageModel(dtype="float32", adapter=None if adapter is None else str(adapter))
        evaluator = Evaluator(language_model=model)
        wanted = wanted_verdicts(self.test, self.contexts, self.titles, evaluator)
        with Engine(EngineSettings(max_model_len=2048)) as engine:
            verdicts = ask_rows(wanted, verdict_asking(evaluator), engine.endpoint(model)).rows
        return agreement(verdicts, self.scores, MARGIN)

    def by_cosine(self) -> Agreement | None:
        """Return the same for: better is the question whose articles lie nearer to the source's embedding."""
        vectors = dict(self.experiment.vectors().iter_rows())
        pmids = dict(self.candidates.select("question_id", "pmid").iter_rows())
        near = {
            question: float(np.mean([np.dot(vectors[pmids[question]], vectors[pmid]) for pmid in found]))
            for question, found in self.contexts.select("question_id", "pmids").iter_rows()
        }
        return self._by(near)

    def by_length(self) -> Agreement | None:
        """Return the same for: better is the longer question."""
        return self._by({question: float(len(text)) for question, _, text in self.candidates.iter_rows()})

    def _by(self, values: dict[str, float]) -> Agreement | None:
        pairs = ordered_pairs(self.test, self.contexts, self.titles)
        better = [float(values[first] > values[second]) for first, second in
                  pairs.select("first_id", "second_id").iter_rows()]  # fmt: skip
        return agreement(pairs.with_columns(first_better=pl.Series(better)), self.scores, MARGIN)


def main() -> None:
    """Train, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("data/alignment"))
    parser.add_argument("--steps", type=int, default=150)
    chosen = parser.parse_args()
    judged = Judged(Experiment(chosen.folder))
    trained = judged.train(chosen.steps)
    found = {
        "untrained": judged.judge(None),
        "trained": judged.judge(trained.path),
        "cosine of embeddings": judged.by_cosine(),
        "longer question": judged.by_length(),
    }
    table = Table("judge", "agrees with the rule", "winner first", "winner second", "steady", "pairs", box=None)
    for name, each in found.items():
        assert each is not None
        interval = f"{each.both:.3f} [{each.low:.3f}, {each.high:.3f}]"
        orders = (f"{share:.3f}" for share in (each.winner_first, each.winner_second, each.steady))
        table.add_row(name, interval, *orders, f"{each.pairs:,} of {each.articles} articles")
    Console(width=130).print(table)
    report = trained.report
    training = {name: getattr(report, name) for name in ("rows", "steps", "seconds_per_step", "peak_memory_mb")}
    assert found["trained"] is not None
    rounded = {name: round(value, 4) for name, value in asdict(found["trained"]).items()}
    print(json.dumps({**rounded, **training, "report": str(trained.path.with_name("training.json"))}))


if __name__ == "__main__":
    main()
