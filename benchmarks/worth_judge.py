"""Hold today's gates against what was graded: which of them would refuse each question and each answer."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from tasks.literature.pubmed_xml.read import read_records
from tasks.review.answer_reasons import answers_refused_by
from tasks.review.gate_reasons import refused_by

ARTICLE = ["pmid", "title", "abstract"]
ANSWERED = ["question", "kind", "decision", "short_answer", "long_answer", "cited"]
ANSWER_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(ANSWERED[:-1], pl.String),
    "cited": pl.List(pl.Int64),
    "passages": pl.List(pl.Struct({"pmid": pl.Int64, "title": pl.String, "abstract": pl.String})),
}
KNOWN = ["pmid", "generator", "kind", "question", "finish_reason"]


def judge(rows: list[dict[str, Any]], articles: pl.DataFrame) -> int:
    """Write ``refused_by`` into each row whose article is at hand; return for how many.

    Args:
        articles: pmid, title, abstract.
    """
    texts = articles.unique("pmid", keep="last")
    known = pl.DataFrame([{name: row.get(name) for name in KNOWN} for row in rows],
                         schema={"pmid": pl.Int64, **dict.fromkeys(KNOWN[1:], pl.String)})  # fmt: skip
    models = pl.Series("model", [row["model"] for row in rows], dtype=pl.String)
    found = known.with_columns(models).with_row_index("place").join(texts, on="pmid", maintain_order="left")
    for of_model in found.partition_by("model"):  # each asked its questions in a run of its own
        for place, reasons in zip(of_model["place"], refused_by(of_model), strict=True):
            rows[place]["refused_by"] = reasons
    return len(found)


def judge_answers(rows: list[dict[str, Any]], articles: pl.DataFrame) -> int:
    """Write ``answer_refused_by`` into each row with an answer all of whose evidence is at hand; return for how many.

    Args:
        articles: pmid, title, abstract.
    """
    texts = {row["pmid"]: row for row in articles.select(ARTICLE).iter_rows(named=True)}
    answered = [
        row
        for row in rows
        if row.get("long_answer") and (named := row.get("evidence_pmids")) and texts.keys() >= set(named)
    ]
    shown = [
        {**{name: row.get(name) for name in ANSWERED}, "passages": [texts[pmid] for pmid in row["evidence_pmids"]]}
        for row in answered
    ]
    for row, reasons in zip(answered, answers_refused_by(pl.DataFrame(shown, schema=ANSWER_SCHEMA)), strict=True):
        row["answer_refused_by"] = reasons
    return len(answered)


def files_in(folder: Path) -> list[Path]:
    """Return the files of a folder by name."""
    if not folder.is_dir():
        raise SystemExit(f"{folder} is no folder; name the one with the articles (--articles)")
    return sorted(folder.iterdir())


def read_articles(files: Sequence[Path]) -> pl.DataFrame:
    """Return the articles (pmid, title, abstract) of Parquet and PubMed XML files; others are passed over."""
    found = []
    for path in files:
        if path.suffix == ".parquet":
            found.append(pl.read_parquet(path, columns=ARTICLE))
        elif path.name.endswith((".xml", ".xml.gz")):
            found += [part.frame.filter(pl.col("kind") != "deletion").select(ARTICLE) for part in read_records(path)]
    if not found:
        raise SystemExit("there is no .parquet, .xml or .xml.gz file; name the folder of the articles (--articles)")
    return pl.concat(found).cast({"pmid": pl.Int64})


def questions_per_second() -> float | None:
    """Return how many questions a second the gates take, as ``python -m benchmarks.gates`` measures it."""
    command = [sys.executable, "-m", "benchmarks.gates"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        print(f"{' '.join(command[1:])} failed ({done.returncode}); questions_per_s stays as it was", file=sys.stderr)
        return None
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured["questions_per_s"]
