"""Tables of descriptors: the one that ships with the package, and how they are kept."""

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import polars as pl

SHIPPED_YEAR = 2024
SHIPPED_SOURCE = "shipped with mesh-distillery, see mesh/data/README.md"


@dataclass(frozen=True, slots=True)
class DescriptorTable:
    """Descriptors (ui, name, entry_terms, tree_numbers; sorted by UI), their year and where they were read from."""

    descriptors: pl.DataFrame
    year: int | None
    source: str


def shipped_table() -> DescriptorTable:
    """Return MeSH 2024: one row per descriptor with ui, name, entry_terms (list), tree_numbers (list)."""
    with resources.as_file(resources.files("mesh") / "data" / f"mesh{SHIPPED_YEAR}.parquet") as path:
        return DescriptorTable(pl.read_parquet(path), SHIPPED_YEAR, SHIPPED_SOURCE)


def write_table(table: DescriptorTable, path: Path) -> None:
    """Write a table that knows its year and source, for ``mesh.read_table``."""
    known = {"source": table.source} | ({"year": str(table.year)} if table.year else {})
    table.descriptors.write_parquet(path, compression="zstd", compression_level=19, statistics=False, metadata=known)
