"""Records: conversations, pre-training text, preference pairs, an evaluator's lessons and verifiable items."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tasks.dataset.columns import CONTENT, LICENCE, RECORD_SCHEMA, REFUSAL
from tasks.dataset.conversations import Exchange, answer_text, exchange, fit, short_answer, too_long
from tasks.dataset.pretraining import plain_passages
from tasks.dataset.settings import Records
from tasks.evidence import Passage
from tasks.kinds import Kind
from tasks.serving.conversation import Conversation, Prompt
from tasks.store.outcome import Outcome
from tasks.store.recipe import Recipe, digest
from tasks.store.row_key import ROW_KEY, with_row_key
from tasks.tokens import Tokens

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """What all records of a run share: branch, tables (stage/recipe) and models that they come from."""

    branch: str
    recipes: Sequence[str]
    models: Sequence[str]

    def columns(self, pmids: list[int], question_id: str) -> Record:
        """Return the provenance columns of one record."""
        return {
            "question_id": question_id,
            "pmids": pmids,
            "branch": self.branch,
            "recipes": list(self.recipes),
            "models": list(self.models),
            "licence": LICENCE,
        }


@dataclass(frozen=True, slots=True)
class Sources:
    """The tables that records are made from.

    Attributes:
        preferences: pmid, kind, chosen_id, chosen, pairs.
        answers: question_id, evidence, kind, decision, short_answer, long_answer, cited, evidence_sentence,
            probability.
        labels: pmid, first_id, prompt, completion, margin.
        contexts: question_id, pmids.
        articles: pmid, title, abstract.
    """

    preferences: pl.DataFrame
    answers: pl.DataFrame
    labels: pl.DataFrame
    contexts: pl.DataFrame
    articles: pl.DataFrame


def make_records(
    sources: Sources,
    prompts: Mapping[Kind, Prompt],
    context_words: int,
    settings: Records,
    tokens: Tokens,
    origin: Origin,
) -> pl.DataFrame:
    """Return every record of a run, by config and first PMID; columns as in ``RECORD_SCHEMA``.

    Args:
        prompts: what the generator that preferences are for is told, by kind of question.
        context_words: words of each context that the answer model read.
        tokens: count how long records are.
    """
    articles = {row[0]: Passage(*row) for row in sources.articles.select("pmid", "title", "abstract").iter_rows()}
    answers = {row["question_id"]: row for row in sources.answers.iter_rows(named=True)}
    best = sources.preferences.sort("pmid").rows(named=True)
    most = settings.most_tokens
    made = [
        *_conversations(best, answers, articles, context_words, settings, tokens, origin),
        *_passages(best, answers, dict(sources.contexts.select("question_id", "pmids").iter_rows()), articles, most,
                   tokens, origin),
        *_bounded(_pairs(best, articles, prompts, origin), ("chosen", "rejected"), tokens, most),
        *_bounded(_lessons(sources.labels, best, origin), ("completion",), tokens, most),
    ]  # fmt: skip
    return pl.DataFrame(made, schema=RECORD_SCHEMA).sort("config", pl.col("pmids").list.first(), maintain_order=True)


def wanted_records(records: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """Add row keys: a record is made from its own content and provenance."""
    hashes = [digest(record) for record in records.iter_rows(named=True)]
    keyed = with_row_key(records.with_columns(content=pl.Series(hashes, dtype=pl.String)), recipe, ["content"])
    return keyed.drop("content")


def sort_out(records: pl.DataFrame) -> Outcome:
    """Return the records (``RECORD_SCHEMA`` and row_key) that are written, and why others are not."""
    refused = records.filter(pl.col(REFUSAL).is_not_null()).select(
        ROW_KEY,
        key=pl.format("PMID {} {}: question {}", pl.col("pmids").list.first(), "config", "question_id"),
        reason=REFUSAL,
    )
    return Outcome(records.filter(pl.col(REFUSAL).is_null()).drop(REFUSAL), refused)


def _conversations(
    best: Iterable[Record],
    answers: Mapping[str, Record],
    articles: Mapping[int, Passage],
    context_words: int,
    settings: Records,
    tokens: Tokens,
    origin: Origin,
) -> Iterator[Record]:
    """Yield the ``sft`` records, and a ``verifiable`` one where an answer can be checked."""
    answered = [(row, answers[row["chosen_id"]]) for row in best if row["chosen_id"] in answers]
    exchanges = [
        exchange(row["chosen"], answer, [articles[pmid] for pmid in answer["evidence"]], context_words, settings)
        for row, answer in answered
    ]
    fit(exchanges, tokens, settings.most_tokens)
    for (row, answer), each in zip(answered, exchanges, strict=True):
        shared = {"kind": each.kind.value, **origin.columns(each.pmids, row["chosen_id"])}
        said = {name: answer[name] for name in CONTENT["sft"] if name in answer}
        own = {"messages": each.messages, "n_tokens": each.n_tokens, REFUSAL: each.refusal}
        yield {"config": "sft", **said, **own, **shared}
        if each.refusal is None and each.is_verifiable:
            yield {"config": "verifiable", **_verifiable(each), **shared}


def _verifiable(each: Exchange) -> Record:
    return {
        "prompt": each.prompt,
        "question": each.question,
        "context": each.context,
        "answer": short_answer(each.kind, each.answer),
        "evidence_sentence": each.answer["evidence_sentence"],
        "pmid": each.pmids[0],
        "n_tokens": each.prompt_tokens,
    }


def _passages(
    best: Sequence[Record],
    answers: Mapping[str, Record],
    contexts: Mapping[str, list[int]],
    articles: Mapping[int, Passage],
    most_tokens: int,
    tokens: Tokens,
    origin: Origin,
) -> Iterator[Record]:
    """Yield the ``cpt`` records; a question without an answer stands alone."""
    asked = []
    for row in best:
        answer = answers.get(row["chosen_id"])
        said = [row["chosen"], *([answer_text(Kind(answer["kind"]), answer, cites=False)] if answer else [])]
        asked.append(([row["pmid"], *contexts[row["chosen_id"]]], "\n".join(said)))
    for row, passage in zip(best, plain_passages(asked, articles, tokens, most_tokens), strict=True):
        own = {"text": passage.text, "n_tokens": passage.n_tokens, REFUSAL: passage.refusal, "kind": row["kind"]}
        yield {"config": "cpt", **own, **origin.columns(passage.pmids, row["chosen_id"])}


def _pairs(
    best: Iterable[Record], articles: Mapping[int, Passage], prompts: Mapping[Kind, Prompt], origin: Origin
) -> Iterator[Record]:
    for row in best:
        source = articles[row["pmid"]]
        for pair in row["pairs"]:
            yield {
                "config": "preferences",
                "prompt": prompts[Kind(row["kind"])].conversation(title=source.title, abstract=source.abstract),
                "chosen": [{"role": "assistant", "content": pair["chosen"]}],
                "rejected": [{"role": "assistant", "content": pair["rejected"]}],
                **{name: pair[name] for name in ("chosen_score", "rejected_score", "margin")},
                "kind": row["kind"],
                **origin.columns([row["pmid"]], pair["chosen_id"]),
            }


def _lessons(labels: pl.DataFrame, best: Iterable[Record], origin: Origin) -> Iterator[Record]:
    kinds = {row["pmid"]: row["kind"] for row in best}
    names = ("prompt", "completion", "margin")
    for pmid, question_id, *label in labels.select("pmid", "first_id", *names).iter_rows():
        said = dict(zip(names, label, strict=True))
        yield {"config": "evaluator", **said, "kind": kinds.get(pmid), **origin.columns([pmid], question_id)}


def _bounded(records: Iterable[Record], ends: Sequence[str], tokens: Tokens, most_tokens: int) -> list[Record]:
    """Count records of a prompt and one of several ``ends``, the longest of which counts; refuse what is too long."""
    kept = list(records)
    for end in ends:
        whole: list[Conversation] = [[*record["prompt"], *record[end]] for record in kept]
        for record, ids in zip(kept, tokens.conversations(whole), strict=True):
            record["n_tokens"] = max(record.get("n_tokens", 0), len(ids))
    for record in kept:
        record[REFUSAL] = too_long(most_tokens) if record["n_tokens"] > most_tokens else None
    return kept
