"""All that was ever harvested, each article by the record that counts."""

from collections.abc import Iterator

import polars as pl

from tasks.literature.article import ARTICLES
from tasks.literature.harvest import held_files
from tasks.literature.latest import Held, latest_records
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store


def whole_collection(store: Store, columns: list[str]) -> Iterator[pl.DataFrame]:
    """Yield the articles a part at a time; nothing where nothing was harvested.

    Raises:
        DamagedPartError: a part of the table can not be read.
    """
    latest = latest_records(store, [Held(tuple(held_files(store)))])
    yield from store.table(ARTICLES).read_parts(latest[ROW_KEY], columns)
