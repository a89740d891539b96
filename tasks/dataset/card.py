"""The dataset card: what is in the folder, how to load it and where it comes from."""

from collections.abc import Iterable, Mapping

import polars as pl

from tasks.dataset.columns import CONTENT, PROVENANCE, Column
from tasks.kinds import Kind

DESCRIBED = {
    "sft": "a conversation: articles and a question, then the answer and what it rests on",
    "cpt": "a passage: an abstract, its question's contexts, the question and the answer",
    "preferences": "a prompt with the better and the worse question, by MeSH score or evaluator",
    "evaluator": "two questions with what they find, and which is better: 1 or 2",
    "verifiable": "a question whose short answer can be checked, with the sentence that supports it",
}
CARD = """---
configs:
{configs}
tags: [biology, medicine, synthetic]
---

# {branch}, distilled from PubMed

| config | records | {kinds} | one record is |
|---|---|{rules}---|
{counts}

```python
from datasets import load_dataset
load_dataset("path/of/this/folder", "sft", split="train")
```

The `.jsonl` files hold the same records. `recipes.json` holds the tables that records come from in full, `policy.json`
the generator that preferences are for, `checksums.json` the SHA-256 of every file.

Questions and answers were written by language models (`models`) and checked by no person. No record holds an article of
PubMedQA's labelled set (PQA-L). Abstracts: courtesy of the U.S. National Library of Medicine; their copyright may rest
with the publishers, so check the rights before you pass the text on.

## Columns

{columns}
"""


def card(branch: str, records: pl.DataFrame) -> str:
    """Return the card (Markdown with the metadata that ``datasets`` reads).

    Args:
        records: config and kind of every record.
    """
    counted = {(config, kind): count for config, kind, count in records.group_by("config", "kind").len().iter_rows()}
    return CARD.format(
        branch=branch,
        configs="\n".join(_configs()),
        kinds=" | ".join(kind.value for kind in Kind),
        rules="---|" * len(Kind),
        counts="\n".join(_count(config, counted) for config in CONTENT),
        columns="\n\n".join(_table(config, columns) for config, columns in {**CONTENT, "all": PROVENANCE}.items()),
    )


def _configs() -> Iterable[str]:
    for place, config in enumerate(CONTENT):
        yield f"- config_name: {config}\n  data_files: {config}.parquet"
        if not place:
            yield "  default: true"


def _count(config: str, counted: Mapping[tuple[str, str | None], int]) -> str:
    by_kind = [counted.get((config, kind.value), 0) for kind in Kind]
    whole = sum(count for (of, _), count in counted.items() if of == config)
    cells = [f"`{config}`", *(f"{count:,}" for count in (whole, *by_kind)), DESCRIBED[config]]
    return f"| {' | '.join(cells)} |"


def _table(title: str, columns: Mapping[str, Column]) -> str:
    rows = [f"| `{name}` | {column.meaning} |" for name, column in columns.items()]
    return "\n".join([f"### {title}", "", "| column | holds |", "|---|---|", *rows])
