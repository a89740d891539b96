"""BioASQ task B: questions with the documents, snippets and answers that experts gave them.

Source: Tsatsaronis et al. (2015), https://doi.org/10.1186/s12859-015-0564-6; files: http://participants-area.bioasq.org/datasets
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from upath import UPath

from tasks.errors import DistilleryError
from tasks.evaluation.overlap import WINDOW
from tasks.evaluation.read_json import read_object, shown
from tasks.evaluation.word_windows import WORD
from tasks.store.outcome import REFUSED_SCHEMA, Outcome
from tasks.store.row_key import row_key
from tasks.text_files import HALF_A_CHARACTER, holds_half_a_character

TYPES = ("yesno", "factoid", "list", "summary")
QUESTION_SCHEMA: dict[str, Any] = {
    "id": pl.String,
    "type": pl.String,
    "body": pl.String,
    "pmids": pl.List(pl.Int64),
    "snippets": pl.List(
        pl.Struct({"pmid": pl.Int64, "text": pl.String, "begin_section": pl.String, "begin_offset": pl.Int64})
    ),
    "decision": pl.String,
    "ideal_answer": pl.List(pl.String),
}
PAIR_SCHEMA: dict[str, Any] = {
    "question_id": pl.String,
    "pmid": pl.Int64,
    "document": pl.String,
    "question": pl.String,
}
DOCUMENT_URL = re.compile(
    r"(?:.*(?:/pubmed|//pubmed\.ncbi\.nlm\.nih\.gov)/|(?:PMID:?\s*)?)(\d{1,9})/?(?:[?#].*)?", re.IGNORECASE
)
"""An address of PubMed, or a PMID alone."""
SHORTEST_OVERLAP = 20
LONGEST_SECTION = 1 << 31


class BioasqError(DistilleryError):
    """A file is no golden file of BioASQ's; the message names it and says what was expected."""


class _RefusedError(Exception):
    """A question can not be read; the message is the reason."""


def read_questions(path: Path) -> Outcome:
    """Read a golden file (``8B1_golden.json``) or a training file of task B.

    A question without body, id or known type is refused. A document or snippet without PMID or text, and a yesno answer
    that is neither, is refused by itself: its question stays. An unlabelled question has a null ``decision``.

    Returns:
        Rows with columns as in ``QUESTION_SCHEMA``, in the file's order; ``decision`` is yes or no, of yesno questions.
        ``refused`` has row_key, key (file, question, and the part of it) and reason.

    Raises:
        BioasqError: the file holds no list of questions.
    """
    questions = read_object(path, BioasqError).get("questions")
    if not isinstance(questions, list):
        raise BioasqError(f"{path}: questions: expected a list of questions, found {shown(questions)}")
    rows: list[dict[str, Any]] = []
    refused: list[tuple[str, str, str]] = []
    for place, question in enumerate(questions):
        key = f"{path.name} question {place + 1}"
        try:
            row, reasons = _read_question(question)
        except _RefusedError as error:
            row, reasons = None, [("", str(error))]
        if row is not None:
            key = f"{path.name} {row['id']}"
            rows.append(row)
        refused += [(row_key(key, part, reason), f"{key} {part}".strip(), reason) for part, reason in reasons]
    return Outcome(
        pl.DataFrame(rows, schema=QUESTION_SCHEMA), pl.DataFrame(refused, schema=REFUSED_SCHEMA, orient="row")
    )


def document_questions(questions: pl.DataFrame) -> pl.DataFrame:
    """Return document and question pairs, one per question and document that a snippet was taken from.

    A golden file holds no abstracts, so a document's text is its snippets for that question: title first, then in the
    order of their offsets, what overlaps given once. A document without snippets has no row.

    Args:
        questions: id, body, snippets.

    Returns:
        question_id, pmid, document, question.
    """
    rows = [
        (question_id, pmid, join_snippets(texts), body)
        for question_id, body, snippets in questions.select("id", "body", "snippets").iter_rows()
        for pmid, texts in _snippets_by_document(snippets).items()
    ]
    return pl.DataFrame(rows, schema=PAIR_SCHEMA, orient="row")


def documents_without_snippets(questions: pl.DataFrame) -> pl.DataFrame:
    """Return the documents of questions of which no snippet was taken: question_id, pmid, document (null), question.

    Args:
        questions: id, body, pmids, snippets.
    """
    rows = [
        (question_id, pmid, None, body)
        for question_id, body, pmids, snippets in questions.select("id", "body", "pmids", "snippets").iter_rows()
        for pmid in (pmids if not snippets else ())
    ]
    return pl.DataFrame(rows, schema=PAIR_SCHEMA, orient="row")


def join_snippets(texts: list[str]) -> str:
    """Return the snippets of one document as one text; what two of them share is given once.

    A snippet within another is left out. Where one goes on with at least 20 characters that the one before ended with,
    they become one run of text.
    """
    stripped = list(dict.fromkeys(text.strip() for text in texts))
    whole = [text for text in stripped if not any(text in other for other in stripped if other is not text)]
    joined = ""
    for text in whole:
        shared = _shared_end(joined, text)
        joined = joined + text[shared:] if shared else f"{joined} {text}".strip()
    return joined


def evaluation_texts(questions: pl.DataFrame) -> pl.DataFrame:
    """Return the texts of questions to look for in training data: key, text.

    Keys read ``BioASQ 56c1f009ef6e394741000040 question``, likewise ``ideal answer``, of which there may be several.
    Answers of fewer than 13 words are left out: they name things, and any text about those holds them.
    """
    asked = questions.select(key=pl.format("BioASQ {} question", "id"), text="body")
    answers = questions.select("id", text="ideal_answer").explode("text").drop_nulls("text")
    long = answers.filter(pl.col("text").str.count_matches(WORD) >= WINDOW)
    return pl.concat([asked, long.select(key=pl.format("BioASQ {} ideal answer", "id"), text="text")])


def write_answers(path: Path | UPath, predictions: pl.DataFrame) -> None:
    """Write answers to yesno questions as a system's file of task B; a null prediction leaves ``exact_answer`` empty.

    Args:
        predictions: item (the question's id), question, prediction.
    """
    questions = [
        {"id": item, "type": "yesno", "body": question, "exact_answer": prediction or ""}
        for item, question, prediction in predictions.select("item", "question", "prediction").iter_rows()
    ]
    path.write_text(json.dumps({"questions": questions}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _read_question(question: object) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the row of a question and what of it was refused: (part, reason).

    Raises:
        _RefusedError: the question itself has no body, id or known type, or holds half a character.
    """
    if not isinstance(question, dict):
        raise _RefusedError(f"expected an object, found {shown(question)}")
    if holds_half_a_character(question):
        raise _RefusedError(HALF_A_CHARACTER)
    for name in ("id", "body"):
        if not (isinstance(question.get(name), str) and question[name].strip()):
            raise _RefusedError(f"no {name}")
    if question.get("type") not in TYPES:
        raise _RefusedError(f"type: expected one of {', '.join(TYPES)}, found {shown(question.get('type'))}")
    reasons: list[tuple[str, str]] = []
    row = {
        "id": question["id"],
        "type": question["type"],
        "body": " ".join(question["body"].split()),
        "pmids": list(dict.fromkeys(_read_pmids(question, reasons))),
        "snippets": list(_read_snippets(question, reasons)),
        "decision": _read_decision(question, reasons),
        "ideal_answer": list(_texts(question.get("ideal_answer"))),
    }
    return row, reasons


def _read_pmids(question: dict[str, Any], reasons: list[tuple[str, str]]) -> Iterator[int]:
    for place, url in enumerate(_parts(question.get("documents")), start=1):
        pmid = _pmid(url)
        if pmid is None:
            reasons.append((f"document {place}", f"no PMID in {shown(url)}"))
        else:
            yield pmid


def _read_snippets(question: dict[str, Any], reasons: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for place, snippet in enumerate(_parts(question.get("snippets")), start=1):
        fields = snippet if isinstance(snippet, dict) else {}
        pmid, text = _pmid(fields.get("document")), fields.get("text")
        section, offset = fields.get("beginSection"), fields.get("offsetInBeginSection")
        if pmid is None:
            reasons.append((f"snippet {place}", f"no PMID in {shown(fields.get('document'))}"))
        elif not (isinstance(text, str) and text.strip()):
            reasons.append((f"snippet {place}", f"no text from PMID {pmid}"))
        else:
            yield {
                "pmid": pmid,
                "text": text,
                "begin_section": section if isinstance(section, str) else None,
                "begin_offset": offset if isinstance(offset, int) and 0 <= offset < LONGEST_SECTION else None,
            }


def _read_decision(question: dict[str, Any], reasons: list[tuple[str, str]]) -> str | None:
    """Return yes or no; files hold "yes", "Yes", ["yes"] and [["yes"]]."""
    answer = next(_texts(question.get("exact_answer")), None)
    if question["type"] != "yesno" or answer is None:
        return None
    decision = answer.strip().rstrip(".").lower()
    if decision not in ("yes", "no"):
        reasons.append(("exact answer", f"expected yes or no, found {shown(answer)}"))
        return None
    return decision


def _pmid(url: object) -> int | None:
    match = DOCUMENT_URL.fullmatch(url.strip()) if isinstance(url, str) else None
    return int(match[1]) if match else None


def _parts(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str) and value.strip():
        yield value.strip()
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _snippets_by_document(snippets: list[dict[str, Any]]) -> dict[int, list[str]]:
    documents: dict[int, list[str]] = {snippet["pmid"]: [] for snippet in snippets}
    for snippet in sorted(snippets, key=_place):
        documents[snippet["pmid"]].append(snippet["text"])
    return documents


def _place(snippet: dict[str, Any]) -> tuple[bool, str, int]:
    section = snippet["begin_section"] or ""
    return section != "title", section, snippet["begin_offset"] or 0


def _shared_end(before: str, text: str) -> int:
    """Return how many characters ``text`` begins with that ``before`` ends with; 0 under the shortest overlap."""
    longest = min(len(before), len(text))
    return next((size for size in range(longest, SHORTEST_OVERLAP - 1, -1) if before.endswith(text[:size])), 0)
