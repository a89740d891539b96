"""Harvest files into the articles table, and count what that changed."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from io import BytesIO
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict

from tasks.literature.article import ARTICLE_SCHEMA, ARTICLES, FILE_SCHEMA, FILES
from tasks.literature.collection import is_retracted
from tasks.literature.latest import Held, choose_latest, read_versions
from tasks.literature.pubmed_xml.decode import REFUSED_SCHEMA
from tasks.literature.pubmed_xml.read import Records, read_records, read_stream
from tasks.store.row_key import ROW_KEY, row_key, with_row_key
from tasks.store.store import Store

RANGE_PMIDS = 1_000_000


class Route(StrEnum):
    """How a file came in: named by the user, from NLM's baseline and updates, or as a page of PubMed's answers."""

    FILE = "file"
    BASELINE = "baseline"
    EUTILS = "eutils"


class Harvested(BaseModel):
    """What reading files came to and changed; the counts of ``distillery harvest``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: int = 0
    rows: int = 0
    new: int = 0
    replaced: int = 0
    deleted: int = 0
    not_indexed: int = 0
    retracted: int = 0
    quarantined: int = 0


def harvest_file(store: Store, path: Path, file: str, route: Route, threads: int | None = None) -> None:
    """Read a file, known by its MD5, into the articles table; that it was read to its end is written last.

    Raises:
        SourceError: the file is cut off, is not XML, or is not PubMed's.
    """
    _commit(store, read_records(path, threads), file, path.name, route)


def harvest_page(store: Store, answer: bytes, name: str) -> tuple[str, pl.Series]:
    """Read one of PubMed's answers into the articles table; return its identity and the PMIDs in it.

    Raises:
        SourceError: the answer is cut off, is not XML, or is not PubMed's.
    """
    # With the time: the same answer may come again when a revision is taken back.
    moment = datetime.now(UTC).isoformat().encode()
    file = hashlib.md5(answer + moment, usedforsecurity=False).hexdigest()
    return file, _commit(store, read_stream(BytesIO(answer), name, threads=1), file, name, Route.EUTILS)


def quarantine_file(store: Store, file: str, name: str, reason: str) -> None:
    """Record that a file could not be had or read; the next harvest tries it again."""
    row = (_file_key(file), name, reason)
    schema = {ROW_KEY: pl.String, "key": pl.String, "reason": pl.String}
    store.table(FILES).quarantine(pl.DataFrame([row], schema=schema, orient="row"))


def release_files(store: Store, files: Sequence[str]) -> None:
    """Take files that were read after all out of quarantine."""
    store.table(FILES).release(pl.Series([_file_key(file) for file in files], dtype=pl.String))


def held_files(store: Store, route: Route | None = None) -> list[str]:
    """Return the files that the store holds whole, in the order of their retrieval: read to their end, no part lost."""
    listed = store.table(FILES)
    listed.keys()  # sets damaged parts aside
    rows = store.table(ARTICLES).rows_by_group()
    files = listed.read_groups(["part"], list(FILE_SCHEMA), pl.lit(True) if route is None else pl.col("route") == route)
    whole = files.sort("retrieved", "name", "file") if len(files) else files
    return [str(file["file"]) for file in whole.iter_rows(named=True) if rows.get(file["file"], 0) >= file["rows"]]


def file_entries(store: Store, files: Sequence[str]) -> pl.DataFrame:
    """Return the entries of those files that were harvested, with the columns of ``FILE_SCHEMA``."""
    found = store.table(FILES).read(pl.Series([_file_key(file) for file in files], dtype=pl.String))
    return found if "file" in found.columns else pl.DataFrame(schema=FILE_SCHEMA)


def count_changes(store: Store, held: Sequence[Held], read: Sequence[str]) -> Harvested:
    """Count what reading the files ``read`` brought to the view of ``held``; only their articles are looked at.

    Memory stays bounded: PMIDs are looked at in ranges of at most ``RANGE_PMIDS`` that were read.
    """
    if not read:
        return Harvested()
    entries = file_entries(store, read)
    table = store.table(ARTICLES)
    kept = table.count_groups(
        read,
        {
            "not_indexed": (pl.col("kind") == "article") & (pl.col("headings").list.len() == 0),
            "retracted": is_retracted(),
        },
    )
    touched = table.read_groups(read, ["pmid"], pl.lit(True))["pmid"].cast(pl.Int64).unique().sort()
    changed: Counter[str] = Counter()
    for first in range(0, len(touched), RANGE_PMIDS):
        versions = read_versions(store, held, among=touched.slice(first, RANGE_PMIDS))
        before = choose_latest(versions.filter(~pl.col("group").is_in(list(read))))
        after = choose_latest(versions)
        both = before.join(after, on="pmid", suffix="_after")
        changed["new"] += len(after) - len(both)
        changed["deleted"] += len(before) - len(both)
        changed["replaced"] += int((both[ROW_KEY] != both[f"{ROW_KEY}_after"]).sum())
    return Harvested(
        files=len(entries),
        rows=int(entries["rows"].sum()),
        quarantined=int(entries["quarantined"].sum()),
        new=changed["new"],
        replaced=changed["replaced"],
        deleted=changed["deleted"],
        **kept,
    )


def _commit(store: Store, records: Iterable[Records], file: str, name: str, route: Route) -> pl.Series:
    table = store.table(ARTICLES)
    pmids = [pl.Series("pmid", [], dtype=pl.Int64)]
    refused = [pl.DataFrame(schema=REFUSED_SCHEMA)]

    def frames() -> Iterator[pl.DataFrame]:
        for part in records:
            refused.append(part.refused)
            frame = part.frame.with_columns(pl.lit(file).alias("file")).select(list(ARTICLE_SCHEMA))
            pmids.append(frame["pmid"])
            yield with_row_key(frame, ARTICLES, ["file", "record"])

    rows = table.commit_all(frames(), group=file)
    unreadable = pl.concat(refused)
    if route is not Route.EUTILS:  # there every PMID is accounted for, and asked for again
        table.quarantine(_quarantine_rows(file, name, unreadable))
    entry = {
        "file": file,
        "name": name,
        "route": str(route),
        "retrieved": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "rows": rows,
        "quarantined": 0 if route is Route.EUTILS else len(unreadable),
    }
    listed = pl.DataFrame([entry], schema=FILE_SCHEMA).with_columns(pl.lit(_file_key(file)).alias(ROW_KEY))
    store.table(FILES).commit(listed)  # the same content gives the same part, which is left as it is
    return pl.concat(pmids)


def _file_key(file: str) -> str:
    return row_key(FILES.digest, file)


def _quarantine_rows(file: str, name: str, refused: pl.DataFrame) -> pl.DataFrame:
    rows = [
        (row_key(ARTICLES.digest, file, record), f"{name} record {record + 1}", reason)
        for record, reason in refused.select("record", "reason").iter_rows()
    ]
    return pl.DataFrame(rows, schema={ROW_KEY: pl.String, "key": pl.String, "reason": pl.String}, orient="row")
