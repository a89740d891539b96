"""Does an evaluator learn the rule, and do both orders matter?

    python -m benchmarks.evaluator [--folder data/alignment] [--steps 150]

Takes the candidates of benchmarks/alignment.py (several gated questions about each article, and their scores), labels
their pairs by the preference rule as it ships, trains the embedded model on the pairs of three quarters of the articles
and has it judge those of the others through vLLM, in both orders. Prints the agreement with the rule's score without
and with the training, beside two judges that need no model: the cosine of the source's embedding with those of the
articles found, and the longer question. Then, each as the decider over the same articles, held out: the mean MeSH score
of what it picks, and how often that is what the rule picks. The last line is one JSON object; its temperature is the
one that calibrates the trained evaluator on the labels held out (``evaluator.temperature``).
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.alignment import JUDGED, Experiment
from benchmarks.deciders import Decided, decide, tabulate
from tasks.preference.agreement import agreement
from tasks.preference.evaluator import Evaluator
from tasks.preference.evaluator_score import EvaluatorScoring, score_by_evaluator, wanted_evaluator_scores
from tasks.preference.labels import label_pairs, wanted_labels
from tasks.preference.prefer import prefer, wanted_preferences
from tasks.preference.rule import PreferenceRule
from tasks.preference.scored import scored_candidates, spread_of
from tasks.preference.verdicts import verdict_asking, wanted_verdicts
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

HELD_OUT = 0.25
RULE = PreferenceRule()


class Judged:
    """The candidates with their contexts and the rule's scores."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        passed = experiment.sampled().filter(pl.col("reason").is_null()).drop_nulls(RULE.measure.value)
        self.candidates = passed.select("question_id", "pmid", "kind", "question", copied="copied_article")
        self.scores = passed.select("question_id", score=RULE.measure.value)
        self.least = RULE.margin * spread_of(scored_candidates(self.candidates, self.scores), RULE)
        asked = self.candidates.with_columns(pl.col("question_id").alias(ROW_KEY))
        self.contexts = experiment.kept(
            f"contexts-{JUDGED}", lambda: find_contexts(asked, experiment.vectors(), Retrieval()).rows
        )
        self.articles = experiment.pool.select("pmid", "title", "abstract")
        held_out = [pmid for pmid in self.candidates["pmid"].unique() if place_of(pmid) < HELD_OUT]
        self.test = self.candidates.filter(pl.col("pmid").is_in(held_out))

    def train(self, steps: int) -> TrainedAdapter:
        """Return an evaluator's adapter, which has seen nothing of the articles held out but their loss."""
        labels = wanted_labels(self.candidates, self.contexts, self.articles, self.scores, RULE, Evaluator())
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

    def judge(self, adapter: Path | None) -> pl.DataFrame:
        """Return a model's verdicts on the articles held out: pmid, first_id, second_id, first_better."""
        model = LanguageModel(dtype="float32", adapter=None if adapter is None else str(adapter))
        evaluator = Evaluator(language_model=model)
        wanted = wanted_verdicts(self.test, self.contexts, self.articles, evaluator)
        with Engine(EngineSettings(max_model_len=2048)) as engine:
            return ask_rows(wanted, verdict_asking(evaluator), engine.endpoint(model)).rows

    def by_cosine(self) -> dict[str, float]:
        """Return each question's mean cosine of the source's embedding with those of the articles found."""
        vectors = dict(self.experiment.vectors().iter_rows())
        pmids = dict(self.candidates.select("question_id", "pmid").iter_rows())
        return {
            question: float(np.mean([np.dot(vectors[pmids[question]], vectors[pmid]) for pmid in found]))
            for question, found in self.contexts.select("question_id", "pmids").iter_rows()
        }

    def by_length(self) -> dict[str, float]:
        """Return each question's length."""
        return {question: float(len(text)) for question, text in
                self.candidates.select("question_id", "question").iter_rows()}  # fmt: skip

    def by_verdicts(self, verdicts: pl.DataFrame) -> dict[str, float]:
        """Return each question's score by an evaluator."""
        scoring = EvaluatorScoring()
        asked = self.contexts.join(self.test, on="question_id", how="semi")
        scores = score_by_evaluator(wanted_evaluator_scores(asked, verdicts, scoring), scoring).rows
        return dict(scores.select("question_id", "score").iter_rows())

    def deciders(self, values: dict[str, dict[str, float]]) -> dict[str, Decided]:
        """Return what each decider's picks of the articles held out come to, the rule and chance among them."""
        preferred = prefer(wanted_preferences(self.candidates, self.candidates, self.scores, RULE), RULE).rows
        picks = dict(preferred.select("pmid", "chosen_id").iter_rows())
        # What the rule picks is not always what scores highest: it bounds copying.
        rule = {question: float(question == picks.get(pmid)) for question, pmid in
                self.test.select("question_id", "pmid").iter_rows()}  # fmt: skip
        return decide(self.test, self.scores, {"rule": rule, **values}, picks)


def verdicts_of(values: dict[str, float], candidates: pl.DataFrame) -> pl.DataFrame:
    """Return what a judge without a model says of every two questions about an article, in both orders.

    Args:
        values: of each question; the higher is the better one.
        candidates: question_id, pmid, kind.

    Returns:
        pmid, first_id, second_id, first_better: 1, 0, or a half for equal values.
    """
    first = candidates.select("pmid", "kind", first_id="question_id")
    pairs = first.join(candidates.select("pmid", "kind", second_id="question_id"), on=["pmid", "kind"])
    told = pairs.filter(pl.col("first_id") != pl.col("second_id")).sort("pmid", "first_id", "second_id")
    better = [
        0.5 if values[first] == values[second] else float(values[first] > values[second])
        for first, second in told.select("first_id", "second_id").iter_rows()
    ]
    return told.select("pmid", "first_id", "second_id", pl.Series("first_better", better, dtype=pl.Float64))


def main() -> None:
    """Train, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("data/alignment"))
    parser.add_argument("--steps", type=int, default=150)
    chosen = parser.parse_args()
    judged = Judged(Experiment(chosen.folder))
    trained = judged.train(chosen.steps)
    verdicts = {"untrained": judged.judge(None), "trained": judged.judge(trained.path)}
    values = {"cosine of embeddings": judged.by_cosine(), "longer question": judged.by_length()}
    verdicts |= {name: verdicts_of(each, judged.test) for name, each in values.items()}
    found = {name: agreement(each, judged.scores, judged.least) for name, each in verdicts.items()}
    decided = judged.deciders({"evaluator": judged.by_verdicts(verdicts["trained"]), **values})
    table = Table("judge", "agrees with the rule", "winner first", "winner second", "steady", "pairs", box=None)
    for name, each in found.items():
        assert each is not None
        interval = f"{each.both:.3f} [{each.low:.3f}, {each.high:.3f}]"
        orders = (f"{share:.3f}" for share in (each.winner_first, each.winner_second, each.steady))
        table.add_row(name, interval, *orders, f"{each.pairs:,} of {each.articles} articles")
    Console(width=130).print(table)
    Console(width=130).print(tabulate(decided, RULE.measure.value))
    report = trained.report
    training = {name: getattr(report, name) for name in ("rows", "steps", "seconds_per_step", "peak_memory_mb")}
    assert found["trained"] is not None
    rounded = {name: round(value, 4) for name, value in asdict(found["trained"]).items()}
    deciders = {name: [round(value, 4) for value in each.over_chance] for name, each in decided.items()}
    print(
        json.dumps(
            {
                **rounded,
                **training,
                "deciders_over_chance": deciders,
                "report": str(trained.path.with_name("training.json")),
            }
        )
    )


if __name__ == "__main__":
    main()
