"""Make a descriptor table, such as the shipped one, from any format that MeSH comes in.

python -m mesh.build_table desc2024.xml mesh/data/mesh2024.parquet
python -m mesh.build_table mesh2024.tsv mesh/data/mesh2024.parquet --terms terms2024.parquet

The second takes descriptors and tree numbers from a table that lacks terms, and all terms from another.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import polars as pl

from mesh.read_table import read_table
from mesh.table import COLUMNS, write_table


def main() -> None:
    """Read the tables and write one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--terms", type=Path, help="Parquet: ui, concept_ui, term, record_preferred, as NLM lists them")
    arguments = parser.parse_args()
    table = replace(read_table(arguments.source), source=arguments.source.name)
    if arguments.terms:
        descriptors = with_terms(table.descriptors, pl.read_parquet(arguments.terms, glob=False))
        table = replace(table, descriptors=descriptors, source=f"{table.source}, {arguments.terms.name}")
    write_table(table, arguments.target)


def with_terms(descriptors: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """Return the descriptors with the terms of another table: those of the preferred concept and those of the others.

    Args:
        terms: ui, concept_ui, term, record_preferred (the term is its descriptor's name), in the order of NLM's file.
    """
    preferred = terms.filter("record_preferred").select("ui", "concept_ui", name="term")
    marked = terms.join(preferred.rename({"concept_ui": "main"}), on="ui", maintain_order="left").with_columns(
        other=pl.col("concept_ui") != pl.col("main")
    )
    # A term of both is the preferred concept's; NLM's file repeats five terms.
    once = marked.sort("other", maintain_order=True).unique(["ui", "term"], keep="first", maintain_order=True)
    listed = (
        once.filter(pl.col("term") != pl.col("name"))
        .group_by("ui")
        .agg(entry_terms=pl.col("term").filter(~pl.col("other")), other_terms=pl.col("term").filter("other"))
    )
    joined = descriptors.select("ui", "name", "tree_numbers").join(listed, on="ui", how="left", maintain_order="left")
    return joined.with_columns(pl.col("entry_terms", "other_terms").fill_null([])).select(*COLUMNS)


if __name__ == "__main__":
    main()
