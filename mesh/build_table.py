"""Make the shipped descriptor table from a tab-separated MeSH dump.

    python -m mesh.build_table mesh2024.tsv mesh/data/mesh2024.parquet

Input columns, without a header: UI, name, entry terms (``|``), tree numbers (``|``), NCBI taxonomy id.
"""

import sys
from pathlib import Path

import polars as pl

COLUMNS = ("ui", "name", "entry_terms", "tree_numbers", "taxonomy_id")


def read_dump(path: Path) -> pl.DataFrame:
    """Return one row per descriptor: ui, name, entry_terms (list), tree_numbers (list), sorted by ui."""
    dump = pl.read_csv(
        path, separator="\t", has_header=False, new_columns=list(COLUMNS), quote_char=None, infer_schema=False
    )
    listed = [
        pl.col(column).fill_null("").str.split("|").list.eval(pl.element().filter(pl.element() != ""))
        for column in ("entry_terms", "tree_numbers")
    ]
    return dump.with_columns(listed).drop("taxonomy_id").sort("ui")


def main() -> None:
    source, target = map(Path, sys.argv[1:3])
    read_dump(source).write_parquet(target, compression="zstd", compression_level=19, statistics=False)


if __name__ == "__main__":
    main()
