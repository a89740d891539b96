"""Read an answer in a reply: its fields, the passages that it names, the sentence that it quotes, its probability."""

import math
import re
from collections.abc import Sequence
from typing import Any

from tasks.answers.answer_format import LONGEST_SENTENCE, LONGEST_SHORT_ANSWER, MOST_ENTRIES, AnswerFormat, distinct
from tasks.decisions import DECISIONS, Decision
from tasks.kinds import Kind
from tasks.serving.asking import Columns
from tasks.serving.constraint import read_choice, read_json
from tasks.serving.logprobs import places_of, weigh
from tasks.serving.reply import Reply, why_silent

NO_ANSWER = "not a complete answer"
CUT_OFF = "cut off before it was complete"
NOT_SHOWN = "it names a passage that it was not shown"
DECIDED = re.compile(r'"decision"\s*:\s*"[^"\w]*(\w+)[^"\w]*"')
SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*(?=\s|$)")
PMID = re.compile(r"\W*(?:PMID\W*)?(\d{1,9})\W*", re.IGNORECASE)
PMID_MARK = re.compile(r"^\W*\[\d{1,9}\]\s*")
FEWEST_QUOTED = 4
"""Words of a quoted sentence; fewer stand in any text."""
WORD = re.compile(r"\w+")


def read_answer(reply: Reply, wanted: AnswerFormat, passages: Sequence[str], pmids: Sequence[int]) -> Columns | str:
    """Return the columns of an answer, or the reason why there is none.

    Args:
        passages: as they were shown.
        pmids: theirs.

    Returns:
        decision, logprob and probability (see ``decision_probability``), short_answer (entries of a list joined by
        "; "), long_answer (whole sentences), cited, evidence_sentence (in the evidence's own spelling; None where what
        is quoted does not stand there); what the kind of question has not is None.
    """
    answer = read_json(reply.text)
    if answer is None:
        silent = why_silent(reply)
        return silent or (CUT_OFF if reply.finish_reason == "length" else NO_ANSWER)
    long_answer, fault = _whole_sentences(answer.get("long_answer"), wanted.longest)
    short_answer = _short_answer(answer, wanted.kind)
    decision = said_decision(answer) if wanted.kind == Kind.YES_NO else None
    if fault is not None or (wanted.kind != Kind.EXPLANATION and decision is None and short_answer is None):
        return fault or NO_ANSWER
    cited = _cited(answer.get("used"), pmids) if wanted.cites else []
    if cited is None:
        return NOT_SHOWN
    return {
        "decision": decision,
        "short_answer": short_answer,
        "long_answer": long_answer,
        "cited": cited,
        "evidence_sentence": quoted_sentence(answer.get("evidence_sentence"), passages) if wanted.quotes else None,
        "logprob": None if decision is None else decision_logprob(reply, decision),
        "probability": None if decision is None else decision_probability(reply, decision),
    }


def said_decision(answer: dict[str, Any]) -> Decision | None:
    """Return the decision that stands in an answer; None where none does."""
    said = answer.get("decision")
    word = read_choice(said, DECISIONS) if isinstance(said, str) else None
    return next((decision for decision in DECISIONS if decision == word), None)


def decision_logprob(reply: Reply, decision: str) -> float | None:
    """Return the summed log-probability of the tokens that spell the decision; None where they can not be told."""
    spelling = [reply.tokens[place] for place in places_of(DECIDED, reply)]
    if decision not in "".join(token for token, _ in spelling).casefold():
        return None
    return sum(logprob for _, logprob in spelling)


def decision_probability(reply: Reply, decision: Decision) -> float | None:
    """Return the probability of the decision against the two others; None where the server does not tell."""
    probabilities = decision_probabilities(reply)
    return None if probabilities is None else probabilities[decision]


def decision_probabilities(reply: Reply) -> dict[Decision, float] | None:
    """Return the probabilities of yes, no and maybe at the decision's place, which add up to 1.

    No two share a first letter, so the first token decides. None where the server sent no alternatives, or where they
    are not of that place.
    """
    places = places_of(DECIDED, reply)
    if not places or places.start >= len(reply.alternatives):
        return None
    weights = weigh(reply.alternatives[places.start], DECISIONS)
    total = math.fsum(weights.values())
    return {decision: weights[decision] / total for decision in DECISIONS} if total > 0 else None


def quoted_sentence(quoted: object, passages: Sequence[str]) -> str | None:
    """Return the place of the evidence that is quoted, in its own spelling but for line breaks; None where it is none.

    Blanks, capitals, quotation marks around it, a PMID before it and an ellipsis or full stop after it do not matter.
    """
    if not isinstance(quoted, str):
        return None
    words = PMID_MARK.sub("", quoted.strip().strip("\"'“”„‘’«»")).strip().rstrip(".… ").split()
    if len(words) < FEWEST_QUOTED or len(quoted) > LONGEST_SENTENCE:
        return None
    spelled = r"\s+".join(map(re.escape, words))
    pattern = re.compile(rf"(?<!\w){spelled}(?!\w)[.!?]?", re.IGNORECASE)
    found = [match for passage in passages if (match := pattern.search(passage))]
    return " ".join(found[0].group().split()) if found else None


def _short_answer(answer: dict[str, Any], kind: Kind) -> str | None:
    """Return the short answer of a factoid, or the entries of a list; None where there is none, or one too long."""
    if kind == Kind.FACTOID:
        entries = [answer.get("short_answer")]
    elif kind == Kind.LIST:
        said = answer.get("short_answers")
        entries = said if isinstance(said, list) else [said]
    else:
        return None
    texts = [" ".join(entry.split()).strip(" ;") for entry in entries if isinstance(entry, str)]
    kept = distinct(text for text in texts if WORD.search(text))
    if not kept or len(texts) < len(entries) or max(map(len, kept)) > LONGEST_SHORT_ANSWER or len(kept) > MOST_ENTRIES:
        return None
    return "; ".join(kept)


def _whole_sentences(said: object, longest: int) -> tuple[str, str | None]:
    """Return a long answer up to the last sentence that ends within its bound; or why there is none."""
    whole = " ".join(said.split()) if isinstance(said, str) else ""
    if not whole:
        return "", NO_ANSWER
    kept = whole[:longest]
    ends = [match.end() for match in SENTENCE_END.finditer(kept)]
    if not ends and len(whole) >= longest:
        return "", f"a long answer of which no sentence ends within {longest} characters"
    return (kept[: ends[-1]] if ends else kept), None


def _cited(said: object, pmids: Sequence[int]) -> list[int] | None:
    """Return the PMIDs that an answer names, each once; None where it names one that it was not shown."""
    if said is None:
        return []
    entries = said if isinstance(said, list) else [said]
    named = [_pmid(entry) for entry in entries]
    return distinct(named) if all(pmid in pmids for pmid in named) else None


def _pmid(entry: object) -> int | None:
    if isinstance(entry, bool) or not isinstance(entry, int | str):
        return None
    match = PMID.fullmatch(str(entry))
    return int(match[1]) if match else None
