import threading

import polars as pl
import pytest

from tasks.store.part import DamagedPartError
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key
from tasks.store.store import Store

RECIPE = Recipe("numbers", 1, {"base": 10})


def rows(*numbers: int) -> pl.DataFrame:
    return with_row_key(pl.DataFrame({"number": numbers}, schema={"number": pl.Int64}), RECIPE, ["number"])


@pytest.fixture(params=["local", "memory"])
def store(request, tmp_path):
    return Store(str(tmp_path) if request.param == "local" else f"memory://{tmp_path.name}")


def test_only_what_is_missing_is_missing(store):
    table = store.table(RECIPE)
    wanted = rows(1, 2, 3, 4)
    table.commit(wanted[1:2])
    table.quarantine(wanted[3:4].select(ROW_KEY, key=pl.lit("4"), reason=pl.lit("too large")))
    assert table.missing(wanted)["number"].to_list() == [1, 3]
    assert table.refused(wanted[ROW_KEY])["reason"].to_list() == ["too large"]
    assert store.quarantine("numbers")["key"].to_list() == ["4"]
    assert store.quarantine("others").is_empty()


def test_a_reference_points_to_its_rows_alone(store):
    table = store.table(RECIPE)
    table.commit(rows(1, 2, 3))
    table.commit(rows(4, 5))
    ref = store.select(table, rows(2, 4)[ROW_KEY])
    assert (ref.table, ref.rows) == (RECIPE.table, 2)
    assert sorted(store.read(ref)["number"]) == [2, 4]
    assert ref == store.select(table, rows(4, 2)[ROW_KEY])
    assert store.recipe_at(ref.table) == RECIPE


def test_a_key_in_two_parts_counts_once(store):
    table = store.table(RECIPE)
    table.commit(rows(1, 2))
    table.commit(rows(2, 3))
    ref = store.select(table, rows(1, 2, 3)[ROW_KEY])
    assert sorted(store.read(ref)["number"]) == [1, 2, 3]


def test_an_unfinished_part_does_not_exist(tmp_path):
    store = Store(str(tmp_path))
    table = store.table(RECIPE)
    table.commit(rows(1))
    (tmp_path / RECIPE.table / "parts" / ".1234.tmp").write_bytes(b"half a part")
    assert len(table.keys()) == 1


@pytest.mark.parametrize("damage", ["gone", "cut off", "zeros"])
def test_damage_is_noticed_and_can_be_set_aside(tmp_path, damage):
    store = Store(str(tmp_path))
    table = store.table(RECIPE)
    table.commit(rows(1, 2))
    table.commit(rows(3))
    ref = store.select(table, rows(1, 2, 3)[ROW_KEY])
    assert store.holds(ref)
    part = next(part for part in table.parts() if len(pl.read_parquet(str(part))) == 2)
    if damage == "gone":
        part.unlink()
    elif damage == "cut off":
        part.write_bytes(part.read_bytes()[:-40])
    else:
        part.write_bytes(bytes(part.stat().st_size))
    assert not store.holds(ref)
    with pytest.raises(DamagedPartError, match="run the same command again"):
        store.read(ref)
    assert table.missing(rows(1, 2, 3))["number"].to_list() == [1, 2]


def test_damage_beside_the_keys_is_mended_by_the_next_run(tmp_path):
    store = Store(str(tmp_path))
    table = store.table(RECIPE)
    text = pl.Series("text", [f"{number * 7919 % 104729}" * 5 for number in range(2000)])
    wanted = rows(*range(2000))
    table.commit(wanted.with_columns(text))
    ref = store.select(table, wanted[ROW_KEY])
    [part] = table.parts()
    content = bytearray(part.read_bytes())
    start = content.rindex(b"\x28\xb5\x2f\xfd")  # the last zstd frame: the text column's pages
    content[start : start + 64] = bytes(64)
    part.write_bytes(content)
    assert store.holds(ref)
    with pytest.raises(DamagedPartError, match="run the same command again"):
        store.read(ref)
    assert not store.holds(ref)
    assert len(table.missing(wanted)) == 2000


def test_two_runs_at_once_never_corrupt(tmp_path):
    def write() -> None:
        table = Store(str(tmp_path)).table(RECIPE)
        for start in range(0, 200, 10):
            table.commit(rows(*range(start, start + 10)))

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    store = Store(str(tmp_path))
    ref = store.select(store.table(RECIPE), rows(*range(200))[ROW_KEY])
    assert store.read(ref)["number"].sort().to_list() == list(range(200))
    assert len(store.table(RECIPE).parts()) == 20


def test_one_key_may_not_name_two_rows():
    with pytest.raises(ValueError, match="a row key must name one row"):
        rows(1, 1)
