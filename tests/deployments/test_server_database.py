import re
import sqlite3
from contextlib import closing

import pytest

from deployments.server_database import set_aside_if_unusable


@pytest.fixture
def database(tmp_path):
    """A database with rows over many pages, at a migration that the installed Prefect has."""
    path = tmp_path / "prefect.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('79e7a60e43d8')")
        connection.execute("CREATE TABLE log (message TEXT)")
        connection.executemany("INSERT INTO log VALUES (?)", [("x" * 1000,)] * 200)
        connection.commit()
    return path


def test_a_sound_database_stays(database):
    before = database.read_bytes()
    assert set_aside_if_unusable(database) is None
    assert database.read_bytes() == before


def test_no_database_and_an_empty_file_are_nothing_to_speak_of(tmp_path):
    assert set_aside_if_unusable(tmp_path / "prefect.db") is None
    (tmp_path / "prefect.db").touch()
    assert set_aside_if_unusable(tmp_path / "prefect.db") is None


@pytest.mark.parametrize("offset", [0, 8192 + 100])
def test_a_database_damaged_in_its_head_or_in_a_page_is_renamed(database, offset):
    content = bytearray(database.read_bytes())
    content[offset : offset + 3000] = b"\xa5" * 3000
    database.write_bytes(content)
    told = set_aside_if_unusable(database)
    kept = re.search(r"prefect\.db\.\d{8}T\d{12}$", told)[0]
    assert "is damaged" in told
    assert database.with_name(kept).read_bytes() == content
    assert not database.exists()


def test_a_database_cut_off_is_renamed(database):
    database.write_bytes(database.read_bytes()[:20_000])
    assert "is damaged" in set_aside_if_unusable(database)


def test_a_folder_in_its_place_is_renamed_with_the_files_that_belong_to_it(tmp_path):
    (tmp_path / "prefect.db").mkdir()
    (tmp_path / "prefect.db-wal").write_bytes(b"noise")
    assert "is no file" in set_aside_if_unusable(tmp_path / "prefect.db")
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert len(kept) == 2
    assert kept[1] == f"{kept[0]}-wal"


def test_a_database_of_a_later_prefect_is_renamed(database):
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
        connection.commit()
    assert "a version of Prefect that is not installed" in set_aside_if_unusable(database)


def test_a_database_that_is_in_use_is_no_damage(database):
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OSError, match="locked"):
            set_aside_if_unusable(database)
