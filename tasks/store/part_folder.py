"""A folder of parts: listed, read with the damaged ones set aside, added to, and thinned out by one run at a time."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress

import polars as pl
from filelock import FileLock
from upath import UPath

from tasks.logger import logger
from tasks.store.atomic import UnwritableError, entries, is_local, move, remove, sweep
from tasks.store.part import DamagedPartError, read_part, write_atomically
from tasks.store.row_key import ROW_KEY, fingerprint


class PartFolder:
    """Parts in one folder of a table. A part that exists is complete."""

    def __init__(self, path: UPath) -> None:
        self.path = path

    def parts(self) -> list[UPath]:
        """Return the parts in name order."""
        sweep(self.path)
        found = [part for part in entries(self.path) if part.suffix == ".parquet" and not part.name.startswith(".")]
        return sorted(found, key=lambda part: part.name)

    def add(self, rows: pl.DataFrame, group: str) -> UPath:
        """Add a part, named after its group and its row keys; nothing where there are no rows or it stands there."""
        named = fingerprint(rows[ROW_KEY])
        part = self.path / f"{group}-{named}.parquet"
        if len(rows) and not _has_keys(part, named):
            write_atomically(part, rows)
        return part

    def join(self, parts: Sequence[UPath]) -> None:
        """Put parts of one group together into one, by row key; at each moment every row stands somewhere.

        Those that can not be read stay as they are, for who reads them to set aside.
        """
        with self._alone() if len(parts) > 1 else nullcontext():
            rows: dict[UPath, pl.DataFrame] = {}
            for part in parts:
                with suppress(DamagedPartError):
                    rows[part] = read_part(part)
            if len(rows) < 2:
                return
            joined = self.add(pl.concat(rows.values()).unique(ROW_KEY).sort(ROW_KEY), group_of(parts[0]))
            for part in rows:
                if part != joined:
                    remove(part)

    def read(self, columns: list[str] | None, keys: pl.Series) -> list[pl.DataFrame]:
        """Return the rows of each part that have these keys, all with the same columns.

        Raises:
            DamagedPartError: a part can not be read. It was set aside, so that its rows are missing from now on.
        """
        frames, damaged = self._read(self.parts(), columns, keys)
        if not damaged:
            return list(frames.values())
        if not set(damaged) & set(self.parts()):  # another run has just replaced them
            return self.read(columns, keys)
        self._set_all_aside(damaged)
        raise next(iter(damaged.values()))

    def read_or_set_aside(self, columns: list[str] | None = None) -> list[pl.DataFrame]:
        """Return the rows of each part that can be read; the others are set aside, so that their rows are missing."""
        while True:
            frames, damaged = self._read(self.parts(), columns)
            gone = set(damaged) - set(self.parts()) if damaged else set()  # another run has just replaced these
            self._set_all_aside({part: error for part, error in damaged.items() if part not in gone})
            if not gone:
                return list(frames.values())

    def each(
        self, read: Callable[[UPath], pl.DataFrame], groups: Iterable[str] | None = None
    ) -> Iterator[pl.DataFrame]:
        """Yield what ``read`` makes of each part, or of those of ``groups`` alone.

        Where another run joins parts meanwhile, rows may come twice.

        Raises:
            DamagedPartError: a part can not be read. It was set aside, so that its rows are missing from now on.
        """
        wanted = None if groups is None else set(groups)
        seen: set[UPath] = set()
        while ahead := [part for part in self.parts() if part not in seen]:
            gone = False
            for part in ahead:
                seen.add(part)
                if wanted is not None and group_of(part) not in wanted:
                    continue
                try:
                    rows = read(part)
                except DamagedPartError as error:
                    if part not in self.parts():  # another run has just replaced it
                        gone = True
                        continue
                    self.set_aside(part, error)
                    raise
                yield rows
            if not gone:
                return

    def take(self, chosen: Callable[[pl.DataFrame], pl.DataFrame], into: UPath | None = None) -> int:
        """Take the rows that ``chosen`` returns of each part's out of the folder; return how many.

        What another run adds meanwhile stays. At each moment every row stands somewhere; one that stays may stand in
        two parts for a while.

        Args:
            into: a folder that the rows are kept in.
        """
        taken = 0
        with self._alone():
            for part in self.parts():
                try:
                    rows = read_part(part)
                except DamagedPartError as error:
                    self.set_aside(part, error)
                    continue
                leaving = chosen(rows)
                if leaving.is_empty():
                    continue
                taken += len(leaving)
                if into is not None:
                    PartFolder(into).add(leaving, group_of(part))
                self.add(rows.filter(~pl.col(ROW_KEY).is_in(leaving[ROW_KEY].implode())), group_of(part))
                remove(part)
        return taken

    def set_aside(self, part: UPath, error: DamagedPartError) -> None:
        """Move a part that can not be read to the table's folder of damaged ones."""
        logger.warning("%s", error)
        damaged = self.path.parent / "damaged"
        with suppress(OSError):  # another run did the same, or nothing may be written here
            damaged.mkdir(parents=True, exist_ok=True)
            move(part, damaged / part.name)

    def _read(
        self, parts: list[UPath], columns: list[str] | None, keys: pl.Series | None = None
    ) -> tuple[dict[UPath, pl.DataFrame], dict[UPath, DamagedPartError]]:
        frames: dict[UPath, pl.DataFrame] = {}
        damaged: dict[UPath, DamagedPartError] = {}
        for part in parts:
            try:
                rows = read_part(part, columns)
            except DamagedPartError as error:
                damaged[part] = error
                continue
            frames[part] = rows if keys is None or ROW_KEY not in rows.columns else _with_keys(rows, keys)
        for part in _unlike_the_others(frames):
            found = ", ".join(frames.pop(part).columns)
            damaged[part] = DamagedPartError(
                f"{part} has other columns than the other parts have ({found}); run the same command again to compute "
                "its rows anew"
            )
        return frames, damaged

    def _set_all_aside(self, damaged: dict[UPath, DamagedPartError]) -> None:
        for part, error in damaged.items():
            self.set_aside(part, error)

    def _alone(self) -> AbstractContextManager[object]:
        """Keep other runs on this machine from taking rows out at the same time."""
        if not is_local(self.path) or not self.path.is_dir():
            return nullcontext()
        try:
            return FileLock(str(self.path / ".lock")).acquire()
        except OSError as error:
            raise UnwritableError(f"nothing can be taken out of {self.path} ({error}); make it writable") from error


def group_of(part: UPath) -> str:
    """Return the group that a part belongs to; its name goes on with a hash of its row keys."""
    return part.name.rsplit("-", 1)[0]


def _has_keys(part: UPath, named: str) -> bool:
    """Return whether a part is there whose row keys are those that its name says; damage may have made others."""
    try:
        return part.exists() and fingerprint(read_part(part, [ROW_KEY])[ROW_KEY]) == named
    except (DamagedPartError, TypeError):  # keys that are null have no fingerprint
        return False


def _with_keys(rows: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    return rows.join(keys.rename(ROW_KEY).to_frame(), on=ROW_KEY, how="semi", maintain_order="left")


def _unlike_the_others(frames: dict[UPath, pl.DataFrame]) -> list[UPath]:
    """Return the parts without row keys or whose columns most do not share: damaged names are read as others."""
    schemas = {part: tuple(frame.schema.items()) for part, frame in frames.items()}
    counted = Counter(schemas.values())
    return [
        part
        for part, schema in schemas.items()
        if (ROW_KEY, pl.String()) not in schema or 2 * counted[schema] <= len(schemas)
    ]
