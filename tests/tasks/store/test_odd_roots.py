"""A root may have any name that the file system takes: none is a pattern, an address or a shorthand."""

from pathlib import Path

import polars as pl
import pytest

from tasks.store.forget import forget_rows, retry_refused
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key
from tasks.store.store import Store

RECIPE = Recipe("numbers", 1)
WANTED = with_row_key(pl.DataFrame({"number": range(20)}), RECIPE, ["number"])
LONG = "/".join(["long" * 60] * 12)  # of 2,900 characters; the longest path has 4,095
NAMES = [
    "run[1]",
    "run[a-z]",
    "run*",
    "run?",
    "**",
    "run{1,2}",
    "!run",
    " ",
    " run ",
    "a\nb",
    "a#b",
    "a%20b",
    "a%",
    "a&b",
]
NAMES += ["ärzte-日本", "a\\b", "a'b\"c", "$HOME", "-run", "./~", "run/", "./run/../run", "run:1", "\x1b[31m", LONG]


def fill(root: str, rows: pl.DataFrame = WANTED) -> None:
    store = Store(root)
    table = store.table(RECIPE)
    table.commit(table.missing(rows))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_there_is_read_there(tmp_path, monkeypatch, name):
    for neighbour in "run1", "runa", "runx", "run":  # what the patterns among the names would match
        if neighbour != Path(name).name:
            fill(str(tmp_path / neighbour), WANTED[:10])
    monkeypatch.chdir(tmp_path)
    fill(name)  # as it is typed
    store = Store(str(tmp_path / name))
    table = store.table(RECIPE)
    assert len(table.parts()) == 1
    assert table.missing(WANTED).is_empty()
    assert store.tables() == [RECIPE.table]
    ref = store.select(table, WANTED[ROW_KEY])
    assert store.read(ref, ["number"]).height == 20
    assert store.holds(ref)
    assert sum(len(part) for part in store.read_parts(ref, ["number"])) == 20
    assert table.rows_by_group() == {"part": 20}
    assert len(table.read_groups(["part"], ["number"], pl.col("number") < 5)) == 5
    assert table.count_groups(["part"], {"few": pl.col("number") < 5}) == {"few": 5}
    assert table.commit_all(iter([WANTED[:3]]), "file") == 3
    table.quarantine(WANTED[:1].select(pl.lit("r").alias(ROW_KEY), key=pl.lit("k"), reason=pl.lit("r")))
    assert store.quarantine().height == 1
    assert retry_refused(store).total == 1
    assert forget_rows(store, RECIPE.table, "number < 3").total == 6
    assert not (table.path / "damaged").exists()


def test_a_root_that_is_a_link_is_the_folder_that_it_leads_to(tmp_path):
    (tmp_path / "disk[1]").mkdir()
    (tmp_path / "link*").symlink_to(tmp_path / "disk[1]")
    fill(str(tmp_path / "link*"))
    assert Store(str(tmp_path / "disk[1]")).table(RECIPE).missing(WANTED).is_empty()


def test_an_object_store_takes_odd_names_too():
    for name in "run[1]", "run*", "run?", "a b":
        fill(f"memory://odd/{name}")
        assert Store(f"memory://odd/{name}").table(RECIPE).missing(WANTED).is_empty()
        assert Store(f"memory://odd/{name}/").tables() == [RECIPE.table]


def test_an_address_of_a_folder_is_that_folder(tmp_path):
    fill(f"file://{tmp_path}/run[1]")
    assert Store(f"{tmp_path}/run[1]").table(RECIPE).missing(WANTED).is_empty()
    assert Store(f"file://{tmp_path}/run[1]").table(RECIPE).missing(WANTED).is_empty()
