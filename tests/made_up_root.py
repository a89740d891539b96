"""The root of a made-up run: three articles, two generators, four candidates, one answer."""

import json
from pathlib import Path

import polars as pl

from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store

ARTICLES = Recipe("articles", 1)
RESEARCHER, CLINICIAN = (Recipe("questions", 1, {"generator": name}) for name in ("researcher", "clinician"))
CANDIDATES = Recipe("candidates", 1)
ANSWERS = Recipe("answers", 1, {"context_words": 3})
QUESTION = "Does zinc shorten a cold in adults?"


def made_up_root(path: Path) -> Store:
    """Write the tables and return their store."""
    store = Store(str(path))
    articles = [(1, 1, "article", "Zinc and colds", "Old text."), (1, 2, "article", "Zinc and colds", "Zinc helped.")]
    articles += [(2, 1, "article", "Iron", "Iron did not help."), (3, 1, "article", "Copper", "One two three four.")]
    schema = {"pmid": pl.Int64, "version": pl.Int32, "kind": pl.String, "title": pl.String, "abstract": pl.String}
    rows = pl.DataFrame(articles, schema=schema, orient="row")
    store.table(ARTICLES).commit(_keyed(rows, "a"))
    for recipe, name in ((RESEARCHER, "researcher"), (CLINICIAN, "clinician")):
        asked = [(f"{name}-{pmid}", pmid, name, QUESTION if pmid == 1 else f"=Question {pmid}") for pmid in (1, 2, 3)]
        columns = {"question_id": pl.String, "pmid": pl.Int64, "generator": pl.String, "question": pl.String}
        store.table(recipe).commit(_keyed(pl.DataFrame(asked, schema=columns, orient="row"), name))
    passed = pl.DataFrame(
        {"question_id": [f"{name}-{pmid}" for name in ("researcher", "clinician") for pmid in (1, 2)]}
    )
    store.table(CANDIDATES).commit(_keyed(passed, "candidate"))
    answer = {"question_id": ["researcher-1"], "pmid": [1], "evidence": [[1, 3]], "decision": ["yes"]}
    store.table(ANSWERS).commit(_keyed(pl.DataFrame({**answer, "long_answer": ["It does."]}), "answer"))
    return store


def with_dataset(store: Store, *recipes: Recipe) -> None:
    """Write a dataset folder that says it was made from these tables."""
    folder = store.root / "datasets" / "d"
    folder.mkdir(parents=True)
    (folder / "checksums.json").write_text("{}")
    (folder / "recipes.json").write_text(json.dumps({recipe.table: recipe.describe() for recipe in recipes}))


def _keyed(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    keys = [f"{name}{place}" for place in range(len(rows))]
    return rows.select(pl.Series(ROW_KEY, keys), pl.all())
