"""A dataset's records as this version and as earlier ones wrote them, in a folder below a root."""

from pathlib import Path

import polars as pl
from upath import UPath

from tasks.dataset.columns import MESSAGES
from tasks.store.part import write_atomically

ABSTRACT = "We gave zinc to 40 adults with a cold."


def turns(*contents: str) -> list[dict[str, str]]:
    """Return messages, the user first."""
    return [{"role": ("user", "assistant")[place % 2], "content": content} for place, content in enumerate(contents)]


def sft(**columns: object) -> pl.DataFrame:
    """Return two records of an earlier version, with further columns where given."""
    questions = ("Does zinc shorten colds?", "Does iron?")
    messages = [turns(f"Context:\n{ABSTRACT}\n\nQuestion: {question}", "Yes. It does.") for question in questions]
    schema = {"messages": MESSAGES, "pmids": pl.List(pl.Int64)}
    known = {"messages": messages, "decision": ["yes", "no"], "long_answer": ["It does.", "It does not."]}
    return pl.DataFrame(
        {**known, "question_id": ["q1", "q2"], "pmids": [[20, 30], [10]], **columns}, schema_overrides=schema
    )


def preferences() -> pl.DataFrame:
    """Return one pair: of the first question."""
    shown = {"prompt": [turns(f"{ABSTRACT}\nQuestion:")], "chosen": [[{"role": "assistant", "content": "Does zinc?"}]]}
    lost = {"rejected": [[{"role": "assistant", "content": "Zinc?"}]], "chosen_score": [1.5], "rejected_score": [-0.5]}
    schema = dict.fromkeys(("prompt", "chosen", "rejected"), MESSAGES)
    return pl.DataFrame(
        {**shown, **lost, "margin": [2.0], "question_id": ["q1"], "pmids": [[20]]}, schema_overrides=schema
    )


def write_made_up(root: Path, name: str = "d", records: pl.DataFrame | None = None) -> Path:
    """Write a dataset folder below a root and return it."""
    folder = UPath(root) / "datasets" / name
    write_atomically(folder / "sft.parquet", sft() if records is None else records)
    write_atomically(folder / "preferences.parquet", preferences())
    (folder / "checksums.json").write_text("{}")
    return Path(str(folder))
