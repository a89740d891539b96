"""What the stages of runs left in a root, as frames: the whole tables, whatever run their rows are of."""

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from mesh.hierarchy import Hierarchy
from tasks.errors import DistilleryError
from tasks.literature.collection import EXCLUSION_COLUMNS, USABLE_COLUMNS, with_exclusion
from tasks.literature.headings import with_uis
from tasks.store.store import Store


class RootError(DistilleryError):
    """A root holds no run, or more than one where one was expected; the message names what to give."""


@dataclass(frozen=True, slots=True)
class RunRoot:
    """Tables of a root. ``dataset`` is the folder of one, whose tables are taken; without it each stage has one."""

    store: Store
    dataset: Path | None = None

    def questions(self) -> pl.DataFrame:
        """Return question_id, pmid, kind, question of all that were asked."""
        columns = ["question_id", "pmid", "kind", "question"]
        frames = [self._whole(table, columns) for table in self._tables("questions")]
        if not frames:
            raise RootError(f"{self.store.root} holds no questions; name the root of a distillation (--root)")
        return pl.concat(frames).unique("question_id", keep="first", maintain_order=True)

    def candidates(self) -> pl.DataFrame:
        """Return question_id, pmid, kind, generator, question and copied of the questions that passed the gates."""
        return self._only("candidates", ["question_id", "pmid", "kind", "generator", "question", "copied"])

    def contexts(self) -> pl.DataFrame:
        """Return question_id and pmids; of a question that several collections were searched for, the first by key."""
        return self._only("contexts", ["question_id", "pmids"])

    def verdicts(self) -> pl.DataFrame | None:
        """Return pmid, first_id, second_id, first_better; None where no evaluator was asked."""
        columns = ["pmid", "first_id", "second_id", "first_better"]
        tables = self._tables("verdicts")
        return self._whole(self._one("verdicts", tables), columns) if tables else None

    def articles(self, hierarchy: Hierarchy) -> pl.DataFrame:
        """Return pmid, title, abstract, headings (with UIs) and content_hash of the usable articles."""
        columns = list(dict.fromkeys([*EXCLUSION_COLUMNS, *USABLE_COLUMNS]))
        rows = self._only("articles", columns, unique="pmid")
        return with_uis(with_exclusion(rows).filter(pl.col("exclusion").is_null()).select(USABLE_COLUMNS), hierarchy)

    def _only(self, stage: str, columns: list[str], unique: str = "question_id") -> pl.DataFrame:
        rows = self._whole(self._one(stage, self._tables(stage)), columns)
        return rows.unique(unique, keep="first", maintain_order=True)

    def _one(self, stage: str, tables: list[str]) -> str:
        if len(tables) == 1:
            return tables[0]
        found = f"{len(tables)} tables of {stage} ({', '.join(tables)})" if tables else f"no {stage}"
        raise RootError(f"{self.store.root} holds {found}; name the folder of one dataset of it (--dataset)")

    def _tables(self, stage: str) -> list[str]:
        tables = self.store.tables(stage)
        if self.dataset is None:
            return tables
        recipes = self.dataset / "recipes.json"
        try:
            named = json.loads(recipes.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RootError(f"{recipes} can not be read ({error}); name a dataset's folder") from error
        # A dataset does not name the articles that all else was made from.
        return [table for table in tables if table in named] if stage != "articles" else tables

    def _whole(self, table: str, columns: list[str]) -> pl.DataFrame:
        stored = self.store.table(self.store.recipe_at(table))
        rows = stored.read(stored.keys(), columns)
        if rows.is_empty():
            raise RootError(f"{self.store.root / table} holds no rows; give a root whose run came that far")
        return rows.select(columns)
