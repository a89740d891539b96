"""Does the loop work? Align the small generator on its own gated questions, and see what it asks of new articles.

    python -m benchmarks.alignment [--variants lin-bma random …] [--folder data/alignment]
    python -m benchmarks.alignment --report

The pool are real abstracts of the sample's indexed file. The policy (the embedded model, one prompt) asks several
questions of each training article at temperature 0.9. Questions that pass the gates are scored by their contexts'
headings; best and worst make pairs, and so do best and refused ones, for a refused question always loses. DPO trains an
adapter on the pairs of each variant, which differ in the score that decides: lin-bma, simgic, released, or none at all
(random). Then every adapter, and the policy without one, asks one question (greedy) of each test article.

Reported for each: the share that passes the gates, copied four-grams, and the gain: its mean lin-bma minus the
untuned one's over test articles whose questions both pass, with a 95 % paired bootstrap interval. Where half of the
way lies: half of what choosing the better of two sampled questions would gain on the training articles.
Everything is kept in the folder; what is there is not computed again.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.encoder_tokens import read_sample
from mesh.hierarchy import Hierarchy, load_hierarchy
from tasks.preference.score import Measure, Scoring, score_questions
from tasks.questions.ask import ask_questions, wanted_questions
from tasks.questions.gates import copied_share, pass_gates, wanted_candidates
from tasks.questions.generator import Generator, SamplingParameters, default_generators
from tasks.retrieval.encoder import Encoder
from tasks.retrieval.search import Retrieval, find_contexts
from tasks.serving.engine import Engine, EngineSettings
from tasks.serving.model import LanguageModel
from tasks.store.row_key import ROW_KEY
from tasks.tuning.base import base_path
from tasks.tuning.checked import counted
from tasks.tuning.launch import LoggedProgress, train_adapter
from tasks.tuning.pairs import preference_rows
from tasks.tuning.settings import GeneratorDpo, Lora
from tasks.tuning.split import split_by_pmid
from tasks.tuning.tokens import ChatTokens

STORED = Path(__file__).parent / "results" / "alignment.json"
POOL, TRAINING, TEST, SAMPLES = 6_000, 320, 240, 5
FEWEST_WORDS, MOST_WORDS = 50, 220
MARGIN, MOST_PAIRS, DRAWS = 0.05, 450, 5_000
RANDOM = "random"
VARIANTS = (Measure.LIN_BMA.value, RANDOM, Measure.SIMGIC.value, Measure.RELEASED.value)


class Experiment:
    """The articles, the model and what was computed so far, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.hierarchy: Hierarchy = load_hierarchy()
        self.policy = default_generators()[0]
        hashed = pl.col("pmid").cast(pl.String).alias("content_hash")
        self.pool = read_sample(POOL).with_columns(hashed)
        words = pl.col("abstract").str.split(" ").list.len()
        fit = self.pool.filter(words.is_between(FEWEST_WORDS, MOST_WORDS))
        self.training, self.test = fit[:TRAINING], fit[TRAINING : TRAINING + TEST]

    def vectors(self) -> pl.DataFrame:
        """Return pmid and vector of the pool."""
        return self.kept("vectors", lambda: self.pool.select("pmid").with_columns(pl.Series("vector", self._encode())))

    def sampled(self) -> pl.DataFrame:
        """Return the policy's questions about the training articles, with their scores; see ``judged``."""
        warm = SamplingParameters(temperature=0.9)
        policies = [self.policy.model_copy(update={"name": f"policy-{n}", "sampling": warm}) for n in range(SAMPLES)]
        return self.kept("sampled", lambda: self.judged(self._ask(policies, self.training, None), self.training))

    def asked(self, name: str, adapter: Path | None) -> pl.DataFrame:
        """Return one greedy question about each test article, with its scores; see ``judged``."""
        return self.kept(f"asked-{name}", lambda: self.judged(self._ask([self.policy], self.test, adapter), self.test))

    def judged(self, questions: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
        """Return questions with reason (why the gates refuse, or null), copied, and a column for every measure."""
        wanted = wanted_candidates(questions, articles)
        reasons = pass_gates(wanted).refused.select(ROW_KEY, "reason")
        found = find_contexts(wanted.select(ROW_KEY, "question_id", "pmid", "question"), self.vectors(), Retrieval())
        named = wanted.select(ROW_KEY, source="pmid").join(found.rows, on=ROW_KEY)
        copied = [copied_share(*pair) for pair in wanted.select("question", "abstract").iter_rows()]
        result = wanted.with_columns(pl.Series("copied", copied)).join(reasons, on=ROW_KEY, how="left")
        for measure in Measure:
            scoring = Scoring(measure=measure, major_weight=1.0 if measure is Measure.LIN_BMA else 2.0)
            rows = score_questions(named, scoring, self.hierarchy, self.pool).rows
            result = result.join(rows.select(ROW_KEY, pl.col("score").alias(measure.value)), on=ROW_KEY, how="left")
        return result.select("question_id", "pmid", "question", "reason", "copied", *(m.value for m in Measure))

    def pairs(self, variant: str) -> pl.DataFrame:
        """Return preference pairs as ``tasks.tuning.pairs`` takes them."""
        dice = np.random.default_rng(0)
        shuffled = self.sampled().with_columns(random=pl.Series(dice.random(len(self.sampled()))))
        texts = {pmid: (title, abstract) for pmid, title, abstract, *_ in self.training.iter_rows()}
        rows = []
        for (pmid,), group in shuffled.group_by("pmid", maintain_order=True):
            prompt = self.policy.prompt.messages(*texts[pmid])
            passed = group.filter(pl.col("reason").is_null()).drop_nulls(variant).sort(variant, descending=True)
            questions, scores, copied = (passed[name].to_list() for name in ("question", variant, "copied"))
            duels = [(questions[a], questions[b], scores[a] - scores[b]) for a, b in matched(scores, copied)]
            refused = group.filter(pl.col("reason").is_not_null())["question"].to_list()
            duels += [(questions[0], lost, 1.0) for lost in refused[:1] if questions]
            rows += [
                {
                    ROW_KEY: f"{pmid}-{place}", "pmid": pmid, "prompt": prompt, "margin": margin,
                    "chosen": [{"role": "assistant", "content": won}],
                    "rejected": [{"role": "assistant", "content": lost}],
                }
                for place, (won, lost, margin) in enumerate(duels)
            ]  # fmt: skip
        return pl.DataFrame(rows)

    def aligned(self, variant: str) -> tuple[Path, dict[str, Any]]:
        """Return the adapter of a variant, trained where there is none, and what its training took."""
        settings = GeneratorDpo.cpu().model_copy(
            update={
                "lora": Lora(dropout=0.0),
                "epochs": 1.0,
                "most_steps": None,
                "learning_rate": 2e-4,
                "device_batch": 2,
                "max_length": 896,
                "dtype": "bfloat16",
                "gradient_checkpointing": False,
                "checkpoint_every": 10,
            }
        )
        model = LanguageModel(dtype="float32")
        least = 0.0 if variant == RANDOM else MARGIN
        checked = preference_rows(self.pairs(variant), ChatTokens.load(base_path(model)), settings.max_length, least)
        split = split_by_pmid(checked.rows.head(MOST_PAIRS), settings.held_out)
        refused = counted(checked.refused)
        trained = train_adapter(self.folder, settings, model, split, refused, LoggedProgress(variant))
        return trained.path, {"pairs": len(split.train), "refused": refused}

    def kept(self, name: str, compute: Any) -> pl.DataFrame:  # noqa: ANN401
        """Return a table of the folder, computing it where it is not there."""
        path = self.folder / f"{name}.parquet"
        if not path.exists():
            compute().write_parquet(path)
        return pl.read_parquet(path)

    def _encode(self) -> np.ndarray:
        texts = [f"{title}\n{abstract}" for title, abstract in self.pool.select("title", "abstract").iter_rows()]
        return Encoder().encode(texts)

    def _ask(self, generators: list[Generator], articles: pl.DataFrame, adapter: Path | None) -> pl.DataFrame:
        model = LanguageModel(dtype="float32", adapter=None if adapter is None else str(adapter))
        with Engine(EngineSettings(max_model_len=2048)) as engine:
            endpoint = engine.endpoint(model)
            return pl.concat(
                [ask_questions(wanted_questions(articles, each), each, endpoint).rows for each in generators]
            )


def main() -> None:
    """Run what is missing, print the table and store the result; with ``--report`` print the stored one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("data/alignment"))
    parser.add_argument("--variants", nargs="*", default=list(VARIANTS), choices=VARIANTS)
    parser.add_argument("--report", action="store_true")
    chosen = parser.parse_args()
    if not chosen.report:
        experiment = Experiment(chosen.folder)
        result = {"headroom": headroom(experiment.sampled()), "variants": {}}
        for variant in chosen.variants:
            adapter, training = experiment.aligned(variant)
            tuned = experiment.asked(variant, adapter)
            result["variants"][variant] = training | compare(experiment.asked("untuned", None), tuned)
            STORED.parent.mkdir(exist_ok=True)
            STORED.write_text(json.dumps(result, indent=1) + "\n")
    report(json.loads(STORED.read_text()))


def matched(scores: list[float], copied: list[float]) -> list[tuple[int, int]]:
    """Return up to two duels (winner, loser), widest margin first, in which no winner copies more than its loser."""
    every = [(scores[a] - scores[b], a, b) for a in range(len(scores)) for b in range(len(scores)) if a != b]
    fair = sorted((margin, a, b) for margin, a, b in every if margin > 0 and copied[a] <= copied[b])[::-1]
    first = fair[:1]
    second = [duel for duel in fair if first and not {duel[1], duel[2]} & {first[0][1], first[0][2]}][:1]
    return [(a, b) for _, a, b in first + second]


def headroom(sampled: pl.DataFrame) -> dict[str, float]:
    """Return what the policy's gated questions score on average, and the better of two drawn for each article."""
    dice = np.random.default_rng(0)
    scores = [
        group[Measure.LIN_BMA.value].to_numpy()
        for _, group in sampled.filter(pl.col("reason").is_null()).drop_nulls(Measure.LIN_BMA.value).group_by("pmid")
    ]
    two = [dice.choice(values, 2, replace=False) for values in scores if len(values) > 1]
    mean, best = float(np.mean([pair.mean() for pair in two])), float(np.mean([pair.max() for pair in two]))
    passed = 1 - sampled["reason"].count() / len(sampled)
    return {"mean": mean, "better_of_two": best, "half_of_the_way": (best - mean) / 2, "pass_rate": passed}


def compare(untuned: pl.DataFrame, tuned: pl.DataFrame) -> dict[str, Any]:
    """Return how the tuned policy's questions differ from the untuned one's."""
    score = Measure.LIN_BMA.value
    joined = untuned.join(tuned, on="pmid", suffix="_tuned")
    both = joined.filter(pl.col("reason").is_null(), pl.col("reason_tuned").is_null()).drop_nulls(
        [score, f"{score}_tuned"]
    )
    gains = (both[f"{score}_tuned"] - both[score]).to_numpy()
    every = joined.drop_nulls([score, f"{score}_tuned"])
    ungated = (every[f"{score}_tuned"] - every[score]).to_numpy()
    return {
        **dict(zip(("gain", "gain_low", "gain_high"), interval(gains), strict=True)),
        "articles": len(gains),
        "gain_ungated": interval(ungated),
        "pass_rate_before": passed(untuned),
        "pass_rate_after": passed(tuned),
        "copied_before": float(untuned["copied"].mean()),
        "copied_after": float(tuned["copied"].mean()),
        "copied_passing_before": float(untuned.filter(pl.col("reason").is_null())["copied"].mean()),
        "copied_passing_after": float(tuned.filter(pl.col("reason").is_null())["copied"].mean()),
        "refused_before": dict(Counter(untuned["reason"].drop_nulls())),
        "refused_after": dict(Counter(tuned["reason"].drop_nulls())),
    }


def passed(asked: pl.DataFrame) -> float:
    """Return the share of questions that pass the gates."""
    return 1 - asked["reason"].count() / len(asked)


def interval(values: np.ndarray) -> tuple[float, float, float]:
    """Return the mean and its 95 % bootstrap interval."""
    dice = np.random.default_rng(0)
    draws = values[dice.integers(0, len(values), (DRAWS, len(values)))].mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


def report(result: dict[str, Any]) -> None:
    """Print the stored result; the last line is that of lin-bma."""
    space = result["headroom"]
    print(
        f"untuned, sampled: mean lin-bma {space['mean']:.3f}, better of two {space['better_of_two']:.3f}; half of the "
        f"way is a gain of {space['half_of_the_way']:.3f}; {space['pass_rate']:.0%} pass the gates"
    )
    table = Table("preferences by", "pairs", "gain in lin-bma", "articles", "pass rate", "copied four-grams", box=None)
    for variant, found in result["variants"].items():
        table.add_row(
            variant,
            str(found["pairs"]),
            f"{found['gain']:+.3f} [{found['gain_low']:+.3f}, {found['gain_high']:+.3f}]",
            str(found["articles"]),
            f"{found['pass_rate_before']:.3f} to {found['pass_rate_after']:.3f}",
            f"{found['copied_before']:.3f} to {found['copied_after']:.3f}",
        )
    Console(width=120).print(table)
    names = ["gain", "gain_low", "gain_high", "pass_rate_before", "pass_rate_after", "copied_before", "copied_after"]
    chosen = result["variants"].get(Measure.LIN_BMA.value) or next(iter(result["variants"].values()))
    print(json.dumps({name: round(chosen[name], 4) for name in names}))


if __name__ == "__main__":
    main()
