"""Gates: which questions may compete.

The MeSH score alone pays a generator for reciting its source, so a question has to be one before it is compared.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

import polars as pl
from rapidfuzz import fuzz

from tasks.store.outcome import REFUSED_SCHEMA, Outcome
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key

FEWEST_WORDS, MOST_WORDS = 4, 60
MOST_LIKE_TITLE = 0.9
MOST_RECITED = 0.75
MOST_COPIED = 0.5
GRAM = 4
NEAR_DUPLICATE = 92.0
ABOUT_THE_TEXT = re.compile(r"\b(this|the) (study|article|abstract|paper|report|review|authors?|text)\b", re.IGNORECASE)
DECLINES = re.compile(
    r"\W*(?:(?:i'm |i am )?(?:very )?sorry|i (?:cannot|can't|can not|am unable|am not able)|"
    r"as an? (?:ai|language model))\b",
    re.IGNORECASE,
)
WORD = re.compile(r"\w+")

CANDIDATES = Recipe(
    "candidates",
    4,
    {
        "words": [FEWEST_WORDS, MOST_WORDS],
        "title": MOST_LIKE_TITLE,
        "recited": MOST_RECITED,
        "copied": [MOST_COPIED, GRAM],
        "duplicate": NEAR_DUPLICATE,
        "about_the_text": ABOUT_THE_TEXT.pattern,
        "declines": DECLINES.pattern,
    },
)


def wanted_candidates(questions: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """Return questions with their article's title and abstract, keyed by question, earlier ones and article content.

    ``earlier`` lists the article's questions with lower ids, which a question must not repeat.
    """
    joined = questions.drop(ROW_KEY).join(
        articles.select("pmid", "title", "abstract", "content_hash"), on="pmid", maintain_order="left"
    )
    ordered = joined.sort("pmid", "question_id").with_columns(
        place=pl.int_range(pl.len()).over("pmid"), every=pl.col("question").implode().over("pmid")
    )
    listed = ordered.with_columns(earlier=pl.col("every").list.head(pl.col("place"))).drop("place", "every")
    return with_row_key(listed, CANDIDATES, ["question_id", "question", "content_hash", "earlier"])


def pass_gates(questions: pl.DataFrame) -> Outcome:
    """Return the questions that may compete; the others with their reason.

    Returns:
        Rows of row_key, question_id, pmid, generator, question, copied (from title and abstract: ``copied_share``).
    """
    columns = ["question", "title", "abstract", "finish_reason", "earlier"]
    verdicts = [refusal(*values) for values in questions.select(columns).iter_rows()]
    judged = questions.with_columns(pl.Series("reason", verdicts, dtype=pl.String))
    refused = judged.filter(pl.col("reason").is_not_null()).select(
        ROW_KEY, pl.format("PMID {} {}: {}", "pmid", "generator", "question").alias("key"), "reason"
    )
    passed = judged.filter(pl.col("reason").is_null())
    texts = passed.select("question", pl.concat_str("title", "abstract", separator="\n"))
    copied = [copied_share(question, text) for question, text in texts.iter_rows()]
    rows = passed.with_columns(pl.Series("copied", copied, dtype=pl.Float64)).select(
        ROW_KEY, "question_id", "pmid", "generator", "question", "copied"
    )
    return Outcome(rows, refused.cast(pl.Schema(REFUSED_SCHEMA)))


def refusal(question: str, title: str, abstract: str, finish_reason: str, earlier: Sequence[str] = ()) -> str | None:
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
    if DECLINES.match(question.replace("’", "'")):
        return "the model declines"
    if SequenceMatcher(None, words, _words(title), autojunk=False).ratio() > MOST_LIKE_TITLE:
        return "repeats the title"
    source = _words(abstract)
    run = SequenceMatcher(None, words, source, autojunk=False).find_longest_match(0, len(words), 0, len(source))
    if run.size > MOST_RECITED * len(words):
        return "recites the abstract"
    if copied_share(question, abstract) > MOST_COPIED:
        return "copies the abstract"
    if any(fuzz.token_sort_ratio(question.lower(), other.lower()) >= NEAR_DUPLICATE for other in earlier):
        return "near duplicate of another question"
    return None


def copied_share(question: str, text: str) -> float:
    """Return the share of a question's four-grams of words that stand in a text; 0 for fewer than four words."""
    grams = _grams(_words(question))
    source = set(_grams(_words(text)))
    return sum(gram in source for gram in grams) / len(grams) if grams else 0.0


def _grams(words: list[str]) -> list[tuple[str, ...]]:
    return [tuple(words[start : start + GRAM]) for start in range(len(words) - GRAM + 1)]


def _words(text: str) -> list[str]:
    return [word.lower() for word in WORD.findall(text)]
