"""The descriptor table that ships with the package."""

from importlib import resources

import polars as pl

SHIPPED_YEAR = 2024


def shipped_descriptors() -> pl.DataFrame:
    """Return MeSH 2024: one row per descriptor with ui, name, entry_terms (list), tree_numbers (list)."""
    with resources.as_file(resources.files("mesh") / "data" / f"mesh{SHIPPED_YEAR}.parquet") as path:
        return pl.read_parquet(path)
