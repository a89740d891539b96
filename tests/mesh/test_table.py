import polars as pl

from mesh.hierarchy import load_hierarchy
from mesh.read_table import read_table
from mesh.table import SHIPPED_YEAR, DescriptorTable, shipped_table, write_table


def test_a_kept_table_knows_its_year_and_source(tmp_path, toy):
    path = tmp_path / "kept.parquet"
    write_table(DescriptorTable(toy.descriptors, 2031, "https://example.org/desc2031.gz"), path)
    table = read_table(path)
    assert table.descriptors.equals(toy.descriptors)
    hierarchy = load_hierarchy(table)
    assert (hierarchy.year, hierarchy.source) == (2031, "https://example.org/desc2031.gz")


def test_the_shipped_table(hierarchy):
    table = shipped_table()
    assert table.year == SHIPPED_YEAR == hierarchy.year
    assert hierarchy.size == "30,764 descriptors with 263,931 terms at 64,457 positions"
    assert len(table.descriptors.filter(pl.col("other_terms").list.len() > 0)) == 11_461
