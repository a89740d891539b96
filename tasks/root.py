"""The root: the folder, or the address of an object store, that all tables and results lie below."""

import stat
import tempfile
from pathlib import Path

from tasks.errors import DistilleryError
from tasks.settings import settings


class RootError(DistilleryError):
    """No tables can lie there; the message says why and what to do."""


def usable_root(root: str | None = None) -> str:
    """Return where tables lie: ``root``, else what DISTILLERY_ROOT names; absolute, with ``~`` filled in.

    The address of an object store (``s3://…``) stays as it is. Nothing is made and nothing below it is read.

    Raises:
        RootError: it, or what it would lie below, is no folder.
    """
    given = root or settings().root
    if "://" in given:
        return given
    try:
        path = (Path(given).expanduser() if given.startswith("~") else Path(given)).absolute()
        _check_folders(path)
    except (OSError, ValueError, RuntimeError) as error:  # too long, a NUL, a ring of links, no such user's ~
        raise RootError(f"{given} can not be a root ({_reason(error)}); name another folder with --root") from error
    return str(path)


def existing_root(root: str | None = None) -> str:
    """Return where tables lie, for those who only read them.

    Raises:
        RootError: there is no such folder.
    """
    where = usable_root(root)
    if "://" not in where and not Path(where).exists():
        raise RootError(f"{where} does not exist; name the folder of a run with --root")
    return where


def writable_root(root: str | None = None) -> str:
    """Return where tables lie, for those who write them; the folder is made where there is none.

    Raises:
        RootError: nothing can be written there.
    """
    where = usable_root(root)
    if "://" in where:
        return where
    try:
        Path(where).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=where):
            return where
    except OSError as error:
        raise RootError(
            f"nothing can be written to {where} ({_reason(error)}); free space or change its permissions, or name "
            "another folder with --root"
        ) from error


def _check_folders(path: Path) -> None:
    for folder in (path, *path.parents):
        try:
            mode = folder.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            if folder.is_symlink():
                raise RootError(f"{folder} is a link to nothing; mend it, or name another folder with --root") from None
            continue
        if not stat.S_ISDIR(mode):
            raise RootError(f"{folder} is a file, expected a folder; name another one with --root")
        return


def _reason(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
