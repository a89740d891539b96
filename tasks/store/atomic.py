"""Files and folders that are written whole or not at all, on this machine or in an object store."""

import functools
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import polars as pl
from pyarrow import ArrowException
from upath import UPath

from tasks.errors import DistilleryError

UNFINISHED_SECONDS = 24 * 3600


class UnwritableError(DistilleryError):
    """A file can not be written; the message names it and says what to do."""


def write_text(path: UPath | Path, text: str) -> None:
    """Write text (UTF-8), so that ``path`` is whole or as it was.

    Raises:
        UnwritableError: it can not be written.
    """
    with whole_file(UPath(path)) as file:
        file.write(text.encode("utf-8", errors="backslashreplace"))


@contextmanager
def whole_file(path: UPath) -> Iterator[BinaryIO]:
    """Yield a file to write to; it appears as ``path`` when the block ends, and never half.

    Raises:
        UnwritableError: the disk is full, or nothing may be written there.
    """
    unfinished = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        with unfinished.open("wb") as file:
            yield file
        move(unfinished, path)
    except (OSError, ArrowException, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise UnwritableError(
            f"{path} can not be written ({first_line(error)}); free space or make {path.parent} writable, then run "
            "the same command again: what stands there already is kept"
        ) from error
    finally:
        with suppress(OSError):
            remove(unfinished)


@contextmanager
def whole_folder(unfinished: UPath) -> Iterator[UPath]:
    """Yield a folder to write to, which the block renames when it is whole; what is left of it then is removed."""
    sweep(unfinished.parent)
    try:
        unfinished.mkdir(parents=True)
        yield unfinished
    finally:
        with suppress(OSError):
            if is_local(unfinished):
                shutil.rmtree(str(unfinished))
            elif unfinished.exists():
                unfinished.rmdir(recursive=True)


def move(path: UPath, target: UPath) -> None:
    """Rename a file, over another one where ``target`` is there."""
    if is_local(path):
        path.rename(target)
    else:  # fsspec's own renaming and removing take brackets, stars and question marks for patterns
        path.fs.cp_file(path.path, target.path)
        path.fs.rm_file(path.path)


def remove(path: UPath) -> None:
    """Remove a file, if it is there."""
    if is_local(path):
        path.unlink(missing_ok=True)
    elif path.exists():
        path.fs.rm_file(path.path)


@functools.cache
def sweep(folder: UPath) -> None:
    """Remove the unfinished files and folders that killed runs left in a folder: none younger than a day.

    Looks once per process.
    """
    if not is_local(folder):
        return
    with suppress(OSError):
        for path in folder.iterdir():
            if path.name.startswith(".") and path.name.endswith(".tmp"):
                with suppress(OSError):
                    _remove_if_old(path)


def _remove_if_old(path: UPath) -> None:
    if time.time() - path.stat().st_mtime < UNFINISHED_SECONDS:
        return
    if path.is_dir():
        shutil.rmtree(str(path))
    else:
        path.unlink()


def entries(folder: UPath) -> list[UPath]:
    """Return what a folder holds; nothing where there is none, or a file in its place."""
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def is_local(path: UPath) -> bool:
    """Return whether a path lies on this machine."""
    return path.protocol in ("", "file")


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, or its name where it says nothing."""
    return next(iter(str(error).splitlines()), type(error).__name__)
