"""What today's gates say of questions, each with its article: the one place where reviews meet the gates."""

import polars as pl

from tasks.questions.gates import GateName, Gates, example_texts, pass_gates, wanted_candidates
from tasks.questions.generator import default_generators
from tasks.store.row_key import ROW_KEY

ASKED, ARTICLE = ("pmid", "generator", "kind", "question"), ("title", "abstract")


def refused_by(questions: pl.DataFrame) -> list[list[str]]:
    """Return for each question the names of the gates that refuse it, an empty list where all let it through.

    Each gate of the defaults is asked alone, so that what an earlier one refuses counts for a later one, too. Near
    duplicates are looked for among the questions given; give those of one run at a time.

    Args:
        questions: pmid, generator, kind, question, title, abstract, and finish_reason (null where it is not known).
    """
    numbers = pl.int_range(pl.len()).cast(pl.String).str.zfill(9)
    numbered = questions.select(
        numbers.alias(ROW_KEY),
        numbers.alias("question_id"),
        *ASKED,
        pl.col("finish_reason").fill_null("stop"),
        *ARTICLE,
    )
    asked = numbered.drop(ARTICLE)
    articles = numbered.select("pmid", "title", "abstract", content_hash=pl.lit("")).unique("pmid")
    reasons: dict[str, list[str]] = {question: [] for question in numbered["question_id"]}
    for name in GateName:
        for question in _refused(asked, articles, name):
            reasons[question].append(name.value)
    return list(reasons.values())


def _refused(asked: pl.DataFrame, articles: pl.DataFrame, name: GateName) -> set[str]:
    examples = example_texts(default_generators())
    if name is GateName.NEAR_DUPLICATES:  # of questions that pass the other gates
        repeated = wanted_candidates(asked, articles, Gates(), examples).filter(pl.col("duplicate_of").is_not_null())
        return set(repeated["question_id"])
    alone = Gates(left_out=tuple(other for other in GateName if other is not name))
    passed = pass_gates(wanted_candidates(asked, articles, alone, examples), alone, examples)
    return set(asked["question_id"]) - set(passed.rows["question_id"])
