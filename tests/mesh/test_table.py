import shutil
from pathlib import Path

import polars as pl

from mesh import table
from mesh.hierarchy import load_hierarchy
from mesh.read_table import read_table
from mesh.table import SHIPPED_YEAR, DescriptorTable, shipped_table, write_table


def test_a_kept_table_knows_its_year_and_source(tmp_path, toy):
    path = tmp_path / "kept.parquet"
    write_table(DescriptorTable(toy.descriptors, 2031, "https://example.org/desc2031.gz"), path)
    kept = read_table(path)
    assert kept.descriptors.equals(toy.descriptors)
    hierarchy = load_hierarchy(kept)
    assert (hierarchy.year, hierarchy.source) == (2031, "https://example.org/desc2031.gz")


def test_the_shipped_table(hierarchy):
    shipped = shipped_table()
    assert shipped.year == SHIPPED_YEAR == hierarchy.year
    assert hierarchy.size == "30,764 descriptors with 263,931 terms at 64,457 positions"
    assert len(shipped.descriptors.filter(pl.col("other_terms").list.len() > 0)) == 11_461


def test_tables_are_read_from_a_folder_of_any_name(tmp_path, monkeypatch):
    odd = tmp_path / "site [1] * ?"
    shutil.copytree(Path(table.__file__).parent / "data", odd / "data")
    monkeypatch.setattr(table.resources, "files", lambda _package: odd)
    assert len(shipped_table().descriptors) == 30_764
    assert len(read_table(odd / "data" / "mesh2024.parquet").descriptors) == 30_764
