"""Row keys: what a row is made from."""

import hashlib
from collections.abc import Sequence

import polars as pl

from tasks.store.recipe import Recipe

ROW_KEY = "row_key"
KEY_BYTES = 10


def with_row_key(rows: pl.DataFrame, recipe: Recipe, inputs: Sequence[str]) -> pl.DataFrame:
    """Add ``row_key``, the hash of the recipe and of the ``inputs`` columns (strings, integers or lists of them).

    The same inputs give the same key on any machine and under any version of Polars.

    Raises:
        ValueError: two rows have the same inputs, so that one key would name both.
    """
    salt = recipe.digest
    keys = [row_key(salt, *values) for values in rows.select(inputs).iter_rows()]
    keyed = rows.with_columns(pl.Series(ROW_KEY, keys, dtype=pl.String))
    if keyed[ROW_KEY].n_unique() != len(keyed):
        raise ValueError(f"{recipe.stage}: two rows have the same {', '.join(inputs)}; a row key must name one row")
    return keyed.select(ROW_KEY, pl.exclude(ROW_KEY))


def row_key(*values: object) -> str:
    """Return twenty hexadecimal digits that stand for ``values``; None and an empty string differ."""
    return hashlib.blake2b(repr(values).encode(), digest_size=KEY_BYTES).hexdigest()


def fingerprint(keys: pl.Series) -> str:
    """Return one hash for a set of row keys, whatever their order."""
    joined = "\n".join(keys.sort().to_list())
    return hashlib.blake2b(joined.encode(), digest_size=KEY_BYTES).hexdigest()
