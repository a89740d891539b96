"""One damaged file of a finished root: a rerun mends it, and neither stays stuck nor traces back."""

import errno
import json
import random

import polars as pl
import pytest

from tasks.store.part import DamagedPartError, UnreadableError
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key
from tasks.store.store import Store

RECIPE = Recipe("numbers", 1, {"base": 10}, (Recipe("digits", 2, {"measure": "count"}),))
WANTED = with_row_key(pl.DataFrame({"number": range(60)}), RECIPE, ["number"])


def run(store: Store) -> pl.DataFrame:
    """Do what a stage does: compute what is missing, refer to the rows, and let the next stage read them."""
    table = store.table(RECIPE)
    table.commit(table.missing(WANTED))
    return store.read(store.select(table, WANTED[ROW_KEY]))


def run_again(store: Store, times: int) -> int:
    """Return which of so many runs of the same command ended well; a run that ends badly ends with a sentence."""
    for attempt in range(1, times + 1):
        try:
            assert len(run(store)) == 60
        except DamagedPartError:
            continue
        return attempt
    raise AssertionError(f"the same command did not end well in {times} runs")


@pytest.fixture
def store(tmp_path):
    store = Store(str(tmp_path))
    run(store)
    return store


@pytest.mark.parametrize("name", ["selections/*.parquet", "numbers/*/recipe.json", "numbers/*/parts/*.parquet"])
def test_no_flipped_bit_is_for_ever(store, tmp_path, name):
    [path] = tmp_path.glob(name)
    whole = path.read_bytes()
    for seed in range(150):
        place = random.Random(seed).randrange(8 * len(whole))
        flipped = bytearray(whole)
        flipped[place // 8] ^= 1 << place % 8
        path.write_bytes(flipped)
        assert run_again(store, 3) <= 2
        assert run(store)["number"].sort().to_list() == list(range(60))
        for each in tmp_path.glob(name):
            each.unlink()
        path.write_bytes(whole)


@pytest.mark.parametrize("name", ["selections/*.parquet", "numbers/*/recipe.json"])
@pytest.mark.parametrize("content", [b"", b"\0" * 10, b"{}", b"[]", b"null", b'{"stage": "numbers"}', b"[" * 100_000])
def test_what_describes_rows_is_written_anew(store, tmp_path, name, content):
    [path] = tmp_path.glob(name)
    whole = path.read_bytes()
    path.write_bytes(content)
    table = store.table(RECIPE)
    ref = store.select(table, WANTED[ROW_KEY])
    assert store.holds(ref)
    assert path.read_bytes() == whole


def test_a_recipe_of_another_table_is_no_description(store, tmp_path):
    [path] = tmp_path.glob("numbers/*/recipe.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 2}))
    with pytest.raises(DamagedPartError, match=r"is not the recipe of numbers/\w+; run the same command again"):
        store.recipe_at(RECIPE.table)
    assert run_again(store, 2) == 1


def test_a_damaged_column_name_is_a_damaged_part(store, tmp_path):
    table = store.table(RECIPE)
    [part] = (tmp_path / RECIPE.table / "parts").glob("*.parquet")
    pl.read_parquet(part).rename({ROW_KEY: "row_kex"}).write_parquet(part)
    with pytest.raises(DamagedPartError, match="other columns"):
        table.read(WANTED[ROW_KEY])
    assert len(table.missing(WANTED)) == 60


def test_a_panic_of_polars_is_a_damaged_part(store, monkeypatch):
    def panic(*_args, **_kwargs):
        raise pl.exceptions.PanicException("called `Option::unwrap()` on a `None` value")

    monkeypatch.setattr(pl, "from_arrow", panic)
    with pytest.raises(DamagedPartError, match="run the same command again"):
        store.table(RECIPE).read(WANTED[ROW_KEY])


def test_what_may_not_be_read_now_is_not_made_anew(store, monkeypatch):
    def refuse(*_args):
        raise OSError(errno.EMFILE, "Too many open files")

    table = store.table(RECIPE)
    with monkeypatch.context() as patched, pytest.raises(UnreadableError, match="Too many open files"):
        patched.setattr("pyarrow.OSFile", refuse)
        table.missing(WANTED)
    assert table.missing(WANTED).is_empty()
    assert not (table.path / "damaged").exists()


def test_a_part_of_before_checksums_is_read(store, tmp_path):
    [part] = tmp_path.glob("numbers/*/parts/*.parquet")
    pl.read_parquet(part).write_parquet(part, compression="zstd")
    assert run(store)["number"].sort().to_list() == list(range(60))


def test_a_damaged_quarantine_part_is_asked_for_again(store, tmp_path):
    table = store.table(RECIPE)
    refused = WANTED[:1].select(pl.lit("refused").alias(ROW_KEY), key=pl.lit("-1"), reason=pl.lit("negative"))
    table.quarantine(refused)
    [part] = tmp_path.glob("numbers/*/quarantine/*.parquet")
    part.write_bytes(part.read_bytes()[:40])
    assert store.quarantine().is_empty()
    assert not part.exists()
    assert "refused" not in table.keys().to_list()


def test_a_bad_recipe_hides_no_quarantine(store, tmp_path):
    other = Recipe("others", 1)
    for recipe in (RECIPE, other):
        rows = pl.DataFrame({ROW_KEY: [recipe.stage], "key": ["k"], "reason": ["r"]})
        store.table(recipe).quarantine(rows)
    (tmp_path / other.table / "recipe.json").write_text("[]")
    (tmp_path / RECIPE.table / "recipe.json").unlink()
    assert store.quarantine()["stage"].to_list() == ["numbers", "others"]


@pytest.mark.parametrize("kind", ["a folder", "a link to nothing", "no parquet"])
def test_what_is_no_part_is_set_aside(store, tmp_path, kind):
    foreign = tmp_path / RECIPE.table / "parts" / "foreign-1.parquet"
    if kind == "a folder":
        foreign.mkdir()
    elif kind == "a link to nothing":
        foreign.symlink_to(tmp_path / "nothing")
    else:
        foreign.write_text("text")
    assert run_again(store, 2) == 1
    assert foreign.name not in {part.name for part in store.table(RECIPE).parts()}
