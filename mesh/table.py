"""Tables of descriptors: the one that ships with the package, and how they are kept."""

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import polars as pl

SHIPPED_YEAR = 2024
SHIPPED_SOURCE = "shipped with mesh-distillery, see mesh/data/README.md"
COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "ui": pl.String,
    "name": pl.String,
    "entry_terms": pl.List(pl.String),
    "other_terms": pl.List(pl.String),
    "tree_numbers": pl.List(pl.String),
}


@dataclass(frozen=True, slots=True)
class DescriptorTable:
    """Descriptors, their year and where they were read from.

    Attributes:
        descriptors: ui, name, entry_terms (the other terms of the preferred concept), other_terms (those of the
            descriptor's other concepts), tree_numbers; sorted by UI.
    """

    descriptors: pl.DataFrame
    year: int | None
    source: str


def shipped_table() -> DescriptorTable:
    """Return MeSH 2024."""
    with resources.as_file(resources.files("mesh") / "data" / f"mesh{SHIPPED_YEAR}.parquet") as path:
        return DescriptorTable(pl.read_parquet(path, glob=False), SHIPPED_YEAR, SHIPPED_SOURCE)


def with_every_column(descriptors: pl.DataFrame) -> pl.DataFrame:
    """Return the descriptors with the columns of ``COLUMNS``; lists that the table lacks are empty.

    A table that does not tell a descriptor's concepts apart has all terms, or those it has, as entry terms.
    """
    lacking = {name: pl.lit([], kind) for name, kind in COLUMNS.items() if name not in descriptors.columns}
    return descriptors.with_columns(**lacking).select(*COLUMNS)


def write_table(table: DescriptorTable, path: Path) -> None:
    """Write a table that knows its year and source, for ``mesh.read_table``."""
    known = {"source": table.source} | ({"year": str(table.year)} if table.year else {})
    table.descriptors.write_parquet(path, compression="zstd", compression_level=19, statistics=False, metadata=known)
