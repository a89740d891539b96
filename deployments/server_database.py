"""Prefect's SQLite file: whether a server can start on it, and moving it out of the way where none can."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

# Primary result codes (https://sqlite.org/rescode.html) that say nothing of what is in the file.
UNOPENED = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)
COMPANIONS = ("", "-wal", "-shm", "-journal")


def set_aside_if_unusable(database: Path) -> str | None:
    """Rename a database that Prefect could not start on; return what was found and done, or nothing.

    Raises:
        OSError: it can not be renamed.
    """
    fault = _fault(database)
    if fault is None:
        return None
    kept = database.with_name(f"{database.name}.{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    for companion in COMPANIONS:
        part = database.with_name(database.name + companion)
        if part.exists():
            part.rename(kept.with_name(kept.name + companion))
    return f"Prefect's database {database} {fault} and was renamed to {kept.name}"


def _fault(database: Path) -> str | None:
    """Return what is wrong with a database; nothing where there is none yet."""
    if not database.exists():
        return None
    if not database.is_file():
        return "is no file"
    try:
        with closing(sqlite3.connect(database)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != ("ok",):
                return "is damaged"
            revisions = _revisions(connection)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in UNOPENED:
            raise OSError(f"{database}: {error}") from error
        return "is damaged"
    return None if all(map(_is_known, revisions)) else "is of a version of Prefect that is not installed"


def _revisions(connection: sqlite3.Connection) -> list[str]:
    """Return the migrations that a database stands at; none in one that was never filled."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return []
    return [revision for (revision,) in connection.execute("SELECT version_num FROM alembic_version")]


def _is_known(revision: str) -> bool:
    """Return whether the installed Prefect has a migration; the names of their files hold it."""
    found = find_spec("prefect")
    assert found is not None and found.origin is not None
    migrations = Path(found.origin).parent / "server" / "database" / "_migrations" / "versions" / "sqlite"
    return not migrations.is_dir() or any(migrations.glob(f"*_{revision}_*.py"))
