"""How fast the gates judge questions, each gate and all together, on one core.

    python -m benchmarks.gates [--questions 20000]

Questions and abstracts of some 200 words are made up, the same ones each time; three of four questions pass every
gate. ``questions_per_s`` is of the whole stage as a run does it: near duplicates among all of them, row keys, verdicts.
"""

import argparse
import json
import random
import time

import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.made_up import made_up_articles
from tasks.kinds import Kind
from tasks.questions.gates.asked import Asked, grams_of
from tasks.questions.gates.candidates import pass_gates, wanted_candidates
from tasks.questions.gates.registry import GATES
from tasks.questions.gates.settings import Gates

EXAMPLES = {"a": [" ".join(["Does aspirin taken in pregnancy prevent high blood pressure?"] * 20)] * 4}
FRAMES = (
    "Does {0} {1} reduce the risk of {2} in adults with {3} and {4}?",
    "Is {0} associated with {1} {2} in patients older than 65 years with {3}?",
    "Can {0} and {1} distinguish {2} {3} from {4} in children?",
    "Does it reduce {0} and {1} in these patients with {2}?",
)


def main() -> None:
    """Measure and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--questions", type=int, default=20_000)
    count = arguments.parse_args().questions
    articles = made_up_articles(count)
    questions = made_up_questions(articles)
    first, again = (timed_stage(questions, articles) for _ in range(2))
    rows = [("taken apart", *timed_gate(questions, articles, None))]
    rows += [(gate.name.value, *timed_gate(questions, articles, gate.name.value)) for gate in GATES]
    table = Table("gate", "µs a question", "refuses", box=None)
    for name, microseconds, refused in [*rows, ("whole stage, first time", *first), ("whole stage", *again)]:
        table.add_row(name, f"{microseconds:.1f}", f"{refused:,}")
    Console().print(table)
    print(
        json.dumps({"questions_per_s": round(1e6 / first[0]), "us_by_gate": {row[0]: round(row[1], 1) for row in rows}})
    )


def made_up_questions(articles: pl.DataFrame) -> pl.DataFrame:
    """Return one question of each article as the questions table has them, made of words of its abstract."""
    dice = random.Random(16)
    asked = []
    for pmid, abstract in articles.select("pmid", "abstract").iter_rows():
        asked.append((f"q{pmid}", pmid, dice.choice(FRAMES).format(*dice.choices(abstract.lower()[:-1].split(), k=5))))
    frame = pl.DataFrame(asked, schema=["question_id", "pmid", "question"], orient="row")
    return frame.with_columns(
        row_key="question_id", generator=pl.lit("a"), kind=pl.lit(Kind.YES_NO.value), finish_reason=pl.lit("stop")
    )


def timed_stage(questions: pl.DataFrame, articles: pl.DataFrame) -> tuple[float, int]:
    """Return the microseconds that a question takes from table to verdict, and how many are refused."""
    began = time.process_time()
    outcome = pass_gates(wanted_candidates(questions, articles, Gates(), EXAMPLES), Gates(), EXAMPLES)
    return (time.process_time() - began) / len(questions) * 1e6, len(outcome.refused)


def timed_gate(questions: pl.DataFrame, articles: pl.DataFrame, name: str | None) -> tuple[float, int]:
    """Return the microseconds of one gate on questions that are taken apart already; without a name, of that."""
    texts = questions.join(articles, on="pmid").select("question", "title", "abstract").rows()
    examples = grams_of(EXAMPLES["a"])
    asked = [Asked(*(text[0], Kind.YES_NO, *text[1:]), examples=examples) for text in texts]
    if name is None:
        began = time.process_time()
        _take_apart(asked)
        return (time.process_time() - began) / len(asked) * 1e6, 0
    _take_apart(asked)
    [gate] = [gate for gate in GATES if gate.name == name]
    settings = Gates()
    began = time.process_time()
    refused = sum(gate.check(each, settings) is not None for each in asked)
    return (time.process_time() - began) / len(asked) * 1e6, refused


def _take_apart(asked: list[Asked]) -> None:
    for each in asked:
        _ = each.stems, each.title_words, each.article_text, each.article_stems


if __name__ == "__main__":
    main()
