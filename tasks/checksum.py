"""MD5, the checksum that NLM publishes and that files are known by here."""

import hashlib
from pathlib import Path


def md5_of(path: Path) -> str:
    """Return the MD5 of a file's content in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
