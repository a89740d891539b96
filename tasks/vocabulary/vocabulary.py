"""The MeSH of one year, by name in parameters and recipes and as a hierarchy where work is done."""

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from mesh.hierarchy import Hierarchy, load_hierarchy
from mesh.read_table import TableError, read_table
from mesh.table import SHIPPED_YEAR
from tasks.checksum import md5_of
from tasks.errors import DistilleryError
from tasks.settings import settings


class VocabularyError(DistilleryError):
    """A year's MeSH is not on this machine, or is another one than the run began with."""


class Vocabulary(BaseModel):
    """A year of MeSH; ``md5`` is that of its table, None for the shipped one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: int = SHIPPED_YEAR
    md5: str | None = None

    @property
    def cache_identity(self) -> int | str:
        """What the vocabulary contributes to a recipe."""
        return self.year if self.md5 is None else f"{self.year} {self.md5}"

    def hierarchy(self) -> Hierarchy:
        """Return the hierarchy.

        Raises:
            VocabularyError: the table is not there, or was fetched anew since.
        """
        if self.md5 is None:
            return _shipped()
        path = table_path(self.year)
        if not path.exists() or md5_of(path) != self.md5:
            raise VocabularyError(
                f"{path} is not the table of MeSH {self.year} that this run began with; run it again, on machines that "
                f"all did `distillery mesh update --year {self.year}`"
            )
        return _read(path, self.year, self.md5)


def table_path(year: int) -> Path:
    """Return where a year's fetched table lies."""
    return settings().cache / "mesh" / f"mesh{year}.parquet"


def find_vocabulary(year: int | None = None) -> Vocabulary:
    """Return the MeSH of a year; without one, the shipped one.

    Raises:
        VocabularyError: that year's is not on this machine.
    """
    if year is None or year == SHIPPED_YEAR:
        return Vocabulary()
    path = table_path(year)
    if not path.exists():
        raise VocabularyError(
            f"MeSH {year} is not on this machine; fetch it with `distillery mesh update --year {year}`, "
            f"or leave the year out for the shipped MeSH {SHIPPED_YEAR}"
        )
    return Vocabulary(year=year, md5=md5_of(path))


@lru_cache(maxsize=1)
def _shipped() -> Hierarchy:
    return load_hierarchy()


@lru_cache(maxsize=2)
def _read(path: Path, year: int, _md5: str) -> Hierarchy:
    try:
        return load_hierarchy(read_table(path))
    except TableError as error:
        raise VocabularyError(f"{error}, with `distillery mesh update --year {year}`") from error
