"""Gates: which questions may compete.

The MeSH score alone pays a generator for reciting its source, so a question has to be one before it is compared.
"""

import re
from difflib import SequenceMatcher

import polars as pl

from tasks.store.outcome import REFUSED_SCHEMA, Outcome
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key

FEWEST_WORDS, MOST_WORDS = 4, 60
MOST_LIKE_TITLE = 0.9
MOST_RECITED = 0.75
ABOUT_THE_TEXT = re.compile(r"\b(this|the) (study|article|abstract|paper|report|review|authors?|text)\b", re.IGNORECASE)
WORD = re.compile(r"\w+")

CANDIDATES = Recipe(
    "candidates",
    1,
    {
        "words": [FEWEST_WORDS, MOST_WORDS],
        "title": MOST_LIKE_TITLE,
        "recited": MOST_RECITED,
        "about_the_text": ABOUT_THE_TEXT.pattern,
    },
)


def wanted_candidates(questions: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """Return questions joined with their article's title and abstract, keyed by question and article content."""
    joined = questions.drop(ROW_KEY).join(
        articles.select("pmid", "title", "abstract", "content_hash"), on="pmid", maintain_order="left"
    )
    return with_row_key(joined.sort("pmid", "question_id"), CANDIDATES, ["question_id", "question", "content_hash"])


def pass_gates(questions: pl.DataFrame) -> Outcome:
    """Return the questions that may compete (question_id, pmid, generator, question); the others with their reason."""
    verdicts = [
        refusal(*columns) for columns in questions.select("question", "title", "abstract", "finish_reason").iter_rows()
    ]
    judged = questions.with_columns(pl.Series("reason", verdicts, dtype=pl.String))
    refused = judged.filter(pl.col("reason").is_not_null()).select(
        ROW_KEY, pl.format("PMID {} {}: {}", "pmid", "generator", "question").alias("key"), "reason"
    )
    passed = judged.filter(pl.col("reason").is_null()).select(ROW_KEY, "question_id", "pmid", "generator", "question")
    return Outcome(passed, refused.cast(pl.Schema(REFUSED_SCHEMA)))


def refusal(question: str, title: str, abstract: str, finish_reason: str) -> str | None:
    """Return why a question may not compete, None where it may."""
    words = _words(question)
    if finish_reason == "length":
        return "cut off"
    if not question.endswith("?") or question.count("?") > 1:
        return "not one question"
    if len(words) < FEWEST_WORDS:
        return "too short"
    if len(words) > MOST_WORDS:
        return "too long"
    if ABOUT_THE_TEXT.search(question):
        return "about the text, not its subject"
    if SequenceMatcher(None, words, _words(title), autojunk=False).ratio() > MOST_LIKE_TITLE:
        return "repeats the title"
    source = _words(abstract)
    run = SequenceMatcher(None, words, source, autojunk=False).find_longest_match(0, len(words), 0, len(source))
    if run.size > MOST_RECITED * len(words):
        return "recites the abstract"
    return None


def _words(text: str) -> list[str]:
    return [word.lower() for word in WORD.findall(text)]
