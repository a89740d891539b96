import sys

import polars as pl

from mesh import build_table
from mesh.read_table import read_table

COLUMNS = ["ui", "concept_ui", "term", "record_preferred"]


def test_terms_come_from_another_table_those_of_the_preferred_concept_apart(tmp_path, monkeypatch):
    (tmp_path / "mesh2031.tsv").write_text("D1\tTumors\tTumor\tC04|C05\nD2\tCysts\t\tC06\n")
    rows = [
        ("D1", "M2", "Cancer", False),
        ("D1", "M2", "Tumor", False),  # also of the preferred concept
        ("D1", "M1", "Tumors", True),
        ("D1", "M1", "Tumor", False),
        ("D1", "M1", "Tumor", False),
        ("D1", "M1", "Tumours", False),
    ]
    pl.DataFrame(rows, schema=COLUMNS, orient="row").write_parquet(tmp_path / "terms.parquet")
    paths = [str(tmp_path / name) for name in ("mesh2031.tsv", "made.parquet", "terms.parquet")]
    monkeypatch.setattr(sys, "argv", ["build_table", *paths[:2], "--terms", paths[2]])
    build_table.main()
    made = read_table(tmp_path / "made.parquet")
    assert made.descriptors.rows() == [
        ("D1", "Tumors", ["Tumor", "Tumours"], ["Cancer"], ["C04", "C05"]),
        ("D2", "Cysts", [], [], ["C06"]),
    ]
    assert (made.year, made.source) == (2031, "mesh2031.tsv, terms.parquet")
