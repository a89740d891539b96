"""A GGUF file as a model: known by what it holds, and converted once to what vLLM, transformers and PEFT load."""

import hashlib
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from filelock import FileLock

from tasks.assets.child import ChildError, Stopping, run_module
from tasks.duration import spoken
from tasks.errors import DistilleryError
from tasks.logger import logger
from tasks.settings import settings
from tasks.stopping import stop_requested

MAGIC = b"GGUF"
BYTES_OF_A_WEIGHT = 2
TOLD_EVERY = 30.0
"""Seconds."""
PART = re.compile(r"-\d{5}-of-\d{5}\.gguf$")


class GgufError(DistilleryError):
    """A file that is called .gguf is none, or holds a model that can not be converted."""


def is_gguf(path: Path) -> bool:
    """Return whether a file is one by its first bytes.

    Raises:
        GgufError: it is only called one, or can not be read.
    """
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            found = file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise GgufError(f"{path} can not be read ({error.strerror})") from error
    if path.suffix == ".gguf" and not found:
        raise GgufError(f"{path} is no GGUF file: it does not begin with {MAGIC.decode()}; fetch it again")
    return found


def gguf_digest(path: Path) -> str:
    """Return the start of a file's SHA-256; it is read whole once, as long as it does not change."""
    known = path.stat()
    return _digest(path.resolve(), known.st_size, known.st_mtime_ns)


def gguf_folder(path: Path, stopping: Stopping = stop_requested) -> Path:
    """Return a folder with the model of a GGUF file in bfloat16, converting it where the cache has none.

    Raises:
        GgufError: it can not be converted, or the disk is full.
        Stopped: it was given up.
    """
    if PART.search(path.name):
        raise GgufError(f"{path} is one part of several; join them with llama.cpp's `llama-gguf-split --merge` first")
    return convert_once(path, f"gguf-{gguf_digest(path)}", stopping)


def convert_once(path: Path, folder: str, stopping: Stopping = stop_requested) -> Path:
    """Return a folder of the cache with the model of a GGUF file, converting it where there is none.

    Raises:
        GgufError: it can not be converted, or the disk is full.
        Stopped: it was given up.
    """
    cache = settings().cache
    cache.mkdir(parents=True, exist_ok=True)
    target = cache / folder
    with FileLock(cache / f".{folder}.lock"):
        if not target.exists():
            size = _converted_bytes(path)
            free = shutil.disk_usage(cache).free
            if size > free:
                raise GgufError(
                    f"{path} takes {size / 1e9:.1f} GB when converted, and {cache} has {free / 1e9:.1f} GB free; make "
                    "room, or set DISTILLERY_CACHE to a folder on another disk"
                )
            logger.info("converting %s to safetensors (once, %.1f GB; some minutes)", path.name, size / 1e9)
            with tempfile.TemporaryDirectory(dir=cache) as unfinished:
                _convert(path, Path(unfinished) / "model", stopping)
                (Path(unfinished) / "model").rename(target)
    return target


@lru_cache(maxsize=64)
def _digest(path: Path, size: int, changed: int) -> str:
    del size, changed
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def _converted_bytes(path: Path) -> int:
    from gguf import GGUFReader  # reads the vocabulary, which takes a second

    try:
        return BYTES_OF_A_WEIGHT * sum(int(tensor.n_elements) for tensor in GGUFReader(path).tensors)
    except (ValueError, KeyError, IndexError) as error:
        raise GgufError(f"{path} is a GGUF file that is cut off or damaged ({error}); fetch it again") from error


def _convert(path: Path, target: Path, stopping: Stopping) -> None:
    try:
        arguments = (str(path.resolve()), str(target))
        run_module("tasks.assets.gguf_model", *arguments, stopping=stopping, watch=_still_converting(path.name))
    except ChildError as error:
        raise GgufError(
            f"{path} can not be converted ({error}); serve it with llama.cpp's server and name that by URL, or name a "
            "folder with the model's safetensors"
        ) from error


def _still_converting(name: str) -> Callable[[], None]:
    """Return what tells now and then that it goes on: how far it is, no one knows."""
    began = told = time.monotonic()

    def watch() -> None:
        nonlocal told
        if time.monotonic() - told > TOLD_EVERY:
            told = time.monotonic()
            logger.info("converting %s: %s so far", name, spoken(told - began))

    return watch
