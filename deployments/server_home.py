"""The folder of a Prefect server that we start: its database, password, logs and the results of tasks."""

import os
import secrets
import tempfile
from contextlib import ExitStack
from pathlib import Path

from filelock import FileLock, Timeout

from deployments.server_database import set_aside_if_unusable
from tasks.errors import DistilleryError
from tasks.logger import logger
from tasks.settings import settings

PASSWORD_BYTES = 32


class ServerHomeError(DistilleryError):
    """The folder of a server can not be made, written to or used; the message says what to do."""


def prefect_home(root: str) -> Path:
    """Return the folder of Prefect's database and results for the tables below ``root``."""
    return settings().cache / "prefect" if "://" in root else Path(root).absolute() / ".prefect"


def home_environment(home: Path) -> dict[str, str]:
    """Return the variables that keep Prefect's database and the results of tasks in ``home``."""
    return {"PREFECT_HOME": str(home), "PREFECT_LOCAL_STORAGE_PATH": str(home / "storage")}


def open_home(root: str, stack: ExitStack) -> Path:
    """Return the home of the server for ``root``, this process's alone until ``stack`` closes.

    A database that Prefect could not start on is set aside first: the history of runs is lost then, tables are not.

    Raises:
        ServerHomeError: it can not be made or written to, or another server uses it.
    """
    home = prefect_home(root)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.chmod(0o700)  # that of an earlier version was open
        stack.enter_context(FileLock(home / "server.lock", timeout=0))
        aside = set_aside_if_unusable(home / "prefect.db")
    except Timeout as error:
        raise ServerHomeError(
            f"another server keeps its history in {home}; stop it, or choose another --root"
        ) from error
    except OSError as error:
        name = "DISTILLERY_CACHE" if "://" in root else "--root or DISTILLERY_ROOT"
        raise ServerHomeError(
            f"nothing can be kept in {home} ({error.strerror or error}); name a folder of yours with {name}"
        ) from error
    if aside is not None:
        logger.warning("%s; a new one is begun, which knows no earlier runs; the tables are untouched", aside)
    return home


def open_home_or_another(root: str, stack: ExitStack) -> Path:
    """Return the home of the server for ``root``, or a passing one while another run uses that.

    Two servers on one SQLite file would block each other.
    """
    try:
        return open_home(root, stack)
    except ServerHomeError as error:
        if not isinstance(error.__cause__, Timeout):
            raise
        logger.warning("another run keeps its history in %s; that of this run is not kept", prefect_home(root))
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="prefect-")))


def password_file(home: Path) -> Path:
    """Return where the password of a home's server is kept."""
    return home / "password"


def server_password(home: Path) -> str:
    """Return the password of a home's server, made at random the first time; its owner alone may read the file.

    Raises:
        ServerHomeError: it can not be read or written.
    """
    path = password_file(home)
    try:
        if path.exists():
            path.chmod(0o600)
            kept = path.read_text(errors="replace").strip()
            if len(kept) >= PASSWORD_BYTES and kept.isascii():
                return kept
            path.unlink()
        made = secrets.token_urlsafe(PASSWORD_BYTES)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(made + "\n")
    except OSError as error:
        raise ServerHomeError(f"{path} can not be read or written ({error.strerror or error})") from error
    return made
