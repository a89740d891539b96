"""Does the loop work? Align the small generator on its own gated questions, and see what it asks of new articles.

    python -m benchmarks.alignment [--variants lin-bma random …] [--folder data/alignment]
    python -m benchmarks.alignment --report

The pool are real abstracts of the sample's indexed file. The policy (the embedded model, one prompt) asks several
questions of each training article at temperature 0.9. Questions that pass the gates are scored by their contexts'
headings and make pairs as in any distillation, by the preference rule as it ships. DPO trains an adapter on the pairs
of each variant, which differ in the rule's measure alone: lin-bma, simgic, released, or chance in place of a score
(random, with the same gates, margin and bounds). Then every adapter, and the policy without one, asks about each test
article.

Reported for each, sampled as in the loop and greedy: the share that passes the gates, four-grams copied from the
abstract and from the article (title and abstract), and the gain: mean lin-bma of an article's gated questions minus the
untuned policy's, with a 95 % paired bootstrap interval over articles. Where half of the way lies: half of what choosing
the better of two questions of the untuned policy gains. Everything is kept in the folder; what is there is not computed
again.
"""

import argparse
import json
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.deciders import interval
from benchmarks.encoder_tokens import read_sample
from mesh.hierarchy import Hierarchy, load_hierarchy
from tasks.preference.prefer import prefer, wanted_preferences
from tasks.preference.rule import PreferenceRule
from tasks.preference.score import Measure, score_questions
from tasks.questions.ask import question_asking, wanted_questions
from tasks.questions.gates import Gates, copied_share, example_texts, pass_gates, wanted_candidates
from tasks.questions.generator import Generator, SamplingParameters, default_generators
from tasks.retrieval.encoder import Encoder
from tasks.retrieval.search import Retrieval, find_contexts
from tasks.serving.ask_rows import ask_rows
from tasks.serving.engine import Engine, EngineSettings
from tasks.serving.model import LanguageModel
from tasks.store.outcome import Outcome
from tasks.store.recipe import digest
from tasks.store.row_key import ROW_KEY
from tasks.tokens import ChatTokens
from tasks.tuning.base import base_path
from tasks.tuning.checked import counted
from tasks.tuning.launch import LoggedProgress, train_adapter
from tasks.tuning.pairs import preference_rows
from tasks.tuning.settings import GeneratorDpo, Lora
from tasks.tuning.split import split_by_pmid
from tasks.vocabulary.vocabulary import Vocabulary

STORED = Path(__file__).parent / "results" / "alignment.json"
POOL, TRAINING, TEST, SAMPLES = 6_000, 320, 240, 5
FEWEST_WORDS, MOST_WORDS = 50, 220
TEMPERATURE, DRAWN = 0.9, 3
MOST_PAIRS = 520
DECIDING = Measure.LIN_BMA.value
RULES = {measure.value: PreferenceRule(measure=measure) for measure in Measure}
RANDOM = "random"
JUDGED = digest(
    [
        Gates().recipe.digest,
        Retrieval().recipe.digest,
        *(rule.scoring(rule.measure, Vocabulary()).recipe.digest for rule in RULES.values()),
    ]
)
"""What questions are judged by: another rule or another gate judges them anew, and asks no model again."""
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
        return self._judged("sampled", self._warm(SAMPLES), self.training, None)

    def greedy(self) -> pl.DataFrame:
        """Return the question that the policy asks of each training article when it is greedy; see ``judged``."""
        return self._judged("greedy", [self.policy], self.training, None)

    def asked(self, name: str, adapter: Path | None) -> pl.DataFrame:
        """Return sampled questions about each test article; see ``judged``."""
        return self._judged(f"sampled-{name}{_digest(adapter)}", self._warm(DRAWN), self.test, adapter)

    def asked_greedily(self, name: str, adapter: Path | None) -> pl.DataFrame:
        """Return one greedy question about each test article; see ``judged``."""
        return self._judged(f"greedy-{name}{_digest(adapter)}", [self.policy], self.test, adapter)

    def judged(self, questions: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
        """Return questions with reason (why the gates refuse, or null), copied, and a column for every measure."""
        shown = dict.fromkeys(questions["generator"].unique(), example_texts([self.policy])[self.policy.name])
        wanted = wanted_candidates(questions, articles, examples=shown)
        reasons = pass_gates(wanted, examples=shown).refused.select(ROW_KEY, "reason")
        found = find_contexts(wanted.select(ROW_KEY, "question_id", "pmid", "question"), self.vectors(), Retrieval())
        named = wanted.select(ROW_KEY, source="pmid").join(found.rows, on=ROW_KEY)
        copied = [copied_share(*pair) for pair in wanted.select("question", "abstract").iter_rows()]
        article = wanted.select("question", pl.concat_str("title", "abstract", separator="\n"))
        whole = [copied_share(*pair) for pair in article.iter_rows()]
        result = wanted.with_columns(pl.Series("copied", copied), pl.Series("copied_article", whole)).join(
            reasons, on=ROW_KEY, how="left"
        )
        for name, rule in RULES.items():
            scoring = rule.scoring(rule.measure, Vocabulary())
            rows = score_questions(named, scoring, self.hierarchy, self.pool).rows
            result = result.join(rows.select(ROW_KEY, pl.col("score").alias(name)), on=ROW_KEY, how="left")
        columns = ("question_id", "pmid", "kind", "question", "reason", "copied", "copied_article")
        return result.select(*columns, *(measure.value for measure in Measure))

    def pairs(self, variant: str) -> pl.DataFrame:
        """Return preference pairs as ``tasks.tuning.pairs`` takes them, by the rule as it ships."""
        asked = pl.concat([self.sampled(), self.greedy()])
        preferred = prefer_by(variant, asked).rows
        texts = {
            pmid: {"title": title, "abstract": abstract} for pmid, title, abstract, *_ in self.training.iter_rows()
        }
        return pl.DataFrame(
            {
                ROW_KEY: f"{pair['chosen_id']}-{pair['rejected_id']}",
                "pmid": pmid,
                "prompt": self.policy.prompt.conversation(**texts[pmid]),
                "margin": pair["margin"],
                "chosen": [{"role": "assistant", "content": pair["chosen"]}],
                "rejected": [{"role": "assistant", "content": pair["rejected"]}],
            }
            for pmid, pairs in preferred.select("pmid", "pairs").iter_rows()
            for pair in pairs
        )

    def aligned(self, variant: str) -> tuple[Path, dict[str, Any]]:
        """Return the adapter of a variant, trained where there is none, and what its training took."""
        settings = GeneratorDpo.cpu().model_copy(
            update={
                "lora": Lora(dropout=0.0),
                "epochs": 1.0,
                "held_out": 0.05,
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
        checked = preference_rows(self.pairs(variant), ChatTokens.load(base_path(model)), settings.max_length)
        split = split_by_pmid(checked.rows.head(MOST_PAIRS), settings.held_out)
        refused = counted(checked.refused)
        trained = train_adapter(self.folder, settings, model, split, refused, LoggedProgress(variant))
        report = trained.report
        took = {"seconds_per_step": report.seconds_per_step, "peak_memory_mb": report.peak_memory_mb}
        return trained.path, {"pairs": len(split.train), "steps": report.steps, **took, "refused": refused}

    def kept(self, name: str, compute: Any) -> pl.DataFrame:  # noqa: ANN401
        """Return a table of the folder, computing it where it is not there."""
        path = self.folder / f"{name}.parquet"
        if not path.exists():
            compute().write_parquet(path)
        return pl.read_parquet(path)

    def _judged(
        self, place: str, generators: list[Generator], articles: pl.DataFrame, adapter: Path | None
    ) -> pl.DataFrame:
        questions = self.kept(f"questions-{place}", lambda: self._ask(generators, articles, adapter))
        return self.kept(f"{place}-{JUDGED}", lambda: self.judged(questions, articles))

    def _warm(self, draws: int) -> list[Generator]:
        warm = SamplingParameters(temperature=TEMPERATURE)
        return [self.policy.model_copy(update={"name": f"policy-{n}", "sampling": warm}) for n in range(draws)]

    def _encode(self) -> np.ndarray:
        texts = [f"{title}\n{abstract}" for title, abstract in self.pool.select("title", "abstract").iter_rows()]
        return Encoder().encode(texts)

    def _ask(self, generators: list[Generator], articles: pl.DataFrame, adapter: Path | None) -> pl.DataFrame:
        model = LanguageModel(dtype="float32", adapter=None if adapter is None else str(adapter))
        with Engine(EngineSettings(max_model_len=2048)) as engine:
            endpoint = engine.endpoint(model)
            return pl.concat(
                [
                    ask_rows(wanted_questions(articles, each), question_asking(each), endpoint).rows
                    for each in generators
                ]
            )


def prefer_by(variant: str, asked: pl.DataFrame) -> Outcome:
    """Return preferences by the rule as it ships, with the measure of a variant or with chance in its place.

    Args:
        asked: question_id, pmid, kind, question, reason, copied_article, and a column of scores for every measure.
    """
    rule = RULES.get(variant, PreferenceRule())
    chance = pl.Series(np.random.default_rng(0).normal(size=len(asked)))
    scored = asked.with_columns(score=chance if variant == RANDOM else pl.col(variant), copied="copied_article")
    candidates = scored.filter(pl.col("reason").is_null())
    return prefer(wanted_preferences(asked, candidates, candidates.drop_nulls("score"), rule), rule)


def _digest(adapter: Path | None) -> str:
    """Tell the questions of one adapter from those of another of the same name."""
    return "" if adapter is None else f"-{adapter.parent.parent.name}"


def main() -> None:
    """Run what is missing, print the table and store the result; with ``--report`` print the stored one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("data/alignment"))
    parser.add_argument("--variants", nargs="*", default=list(VARIANTS), choices=VARIANTS)
    parser.add_argument("--report", action="store_true")
    chosen = parser.parse_args()
    if not chosen.report:
        experiment = Experiment(chosen.folder)
        result: dict[str, Any] = {"headroom": headroom(experiment.asked("untuned", None)), "variants": {}}
        for variant in chosen.variants:
            adapter, training = experiment.aligned(variant)
            decodings = {"sampled": experiment.asked, "greedy": experiment.asked_greedily}
            found = {name: compare(ask("untuned", None), ask(variant, adapter)) for name, ask in decodings.items()}
            result["variants"][variant] = {"training": training, **found}
            STORED.parent.mkdir(exist_ok=True)
            STORED.write_text(json.dumps(result, indent=1) + "\n")
    report(json.loads(STORED.read_text()))


def headroom(sampled: pl.DataFrame) -> dict[str, float]:
    """Return what gated questions score on average, and the better of two of an article's: the mean over all twos."""
    scores = [group[DECIDING].to_list() for _, group in passing(sampled).group_by("pmid", maintain_order=True)]
    several = [values for values in scores if len(values) > 1]
    mean = float(np.mean([np.mean(values) for values in several]))
    best = float(np.mean([np.mean([max(two) for two in combinations(values, 2)]) for values in several]))
    return {"mean": mean, "better_of_two": best, "half_of_the_way": (best - mean) / 2, "articles": len(several)}


def compare(untuned: pl.DataFrame, tuned: pl.DataFrame) -> dict[str, Any]:
    """Return how the tuned policy's questions differ from the untuned one's; scores are means of an article's."""
    scores = [passing(asked).group_by("pmid").agg(pl.col(DECIDING).mean()) for asked in (untuned, tuned)]
    both = scores[0].join(scores[1], on="pmid", suffix="_tuned").sort("pmid")
    gains = (both[f"{DECIDING}_tuned"] - both[DECIDING]).to_numpy()
    found: dict[str, Any] = dict(zip(("gain", "gain_low", "gain_high"), interval(gains), strict=True))
    found |= {"articles": len(gains), "questions": len(tuned)}
    for when, asked in (("before", untuned), ("after", tuned)):
        found |= {
            f"score_{when}": float(passing(asked)[DECIDING].mean()),
            f"pass_rate_{when}": 1 - asked["reason"].count() / len(asked),
            f"copied_{when}": float(asked["copied"].mean()),
            f"copied_article_{when}": float(asked["copied_article"].mean()),
            f"refused_{when}": dict(Counter(asked["reason"].drop_nulls()).most_common()),
        }
    return found


def passing(asked: pl.DataFrame) -> pl.DataFrame:
    """Return the questions that pass the gates and can be scored."""
    return asked.filter(pl.col("reason").is_null()).drop_nulls(DECIDING)


def report(result: dict[str, Any]) -> None:
    """Print the stored result; the last line is that of lin-bma, sampled."""
    space = result["headroom"]
    print(
        f"untuned, sampled: mean lin-bma {space['mean']:.3f}, better of two {space['better_of_two']:.3f}; half of the "
        f"way is a gain of {space['half_of_the_way']:.3f}"
    )
    columns = ("pairs", "gain in lin-bma", "articles", "pass rate", "copied of abstract", "copied of article")
    table = Table("preferences by", "decoding", *columns, box=None)
    for variant, decodings in result["variants"].items():
        for decoding in ("sampled", "greedy"):
            found = decodings[decoding]
            table.add_row(
                variant,
                decoding,
                str(decodings["training"]["pairs"]),
                f"{found['gain']:+.3f} [{found['gain_low']:+.3f}, {found['gain_high']:+.3f}]",
                str(found["articles"]),
                *(f"{found[f'{name}_before']:.3f} to {found[f'{name}_after']:.3f}"
                  for name in ("pass_rate", "copied", "copied_article")),
            )  # fmt: skip
    Console(width=140).print(table)
    names = ["gain", "gain_low", "gain_high", "pass_rate_before", "pass_rate_after", "copied_before", "copied_after"]
    main_variant = result["variants"].get(DECIDING) or next(iter(result["variants"].values()))
    more = {name: round(space[name], 4) for name in ("half_of_the_way",)}
    print(json.dumps({name: round(main_variant["sampled"][name], 4) for name in names} | more))


if __name__ == "__main__":
    main()
