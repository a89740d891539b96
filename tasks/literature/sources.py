"""What ``--source`` means: files that are there, or the sample."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from tasks.assets.fetch import sample_files
from tasks.literature.pubmed_xml import SourceError

SAMPLE = "sample"
ENDINGS = (".xml", ".xml.gz")


class SourceFile(BaseModel):
    """A file to harvest, known by its content."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    md5: str

    @property
    def cache_identity(self) -> str:
        """What the file contributes to a stage's cache key: its content, wherever it lies."""
        return self.md5


def check_sources(sources: Sequence[str]) -> None:
    """Check that every source is ``sample`` or a readable PubMed file name, fetching nothing.

    Raises:
        SourceError: a source is neither.
    """
    if not sources:
        raise SourceError("source: expected at least one file or 'sample'; name one")
    for source in sources:
        if source == SAMPLE:
            continue
        if not Path(source).is_file():
            raise SourceError(f"source {source}: there is no such file; name a .xml or .xml.gz file, or 'sample'")
        if not source.endswith(ENDINGS):
            raise SourceError(f"source {source}: expected a name that ends in .xml or .xml.gz")


def find_files(sources: Sequence[str]) -> list[SourceFile]:
    """Return the files that the sources mean, each content once, in the order given.

    Raises:
        SourceError: as ``check_sources``.
        AssetError: the sample could not be fetched.
    """
    check_sources(sources)
    paths = [path for source in sources for path in (sample_files() if source == SAMPLE else [Path(source)])]
    files: dict[str, SourceFile] = {}
    for path in paths:
        with path.open("rb") as file:
            md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        files.setdefault(md5, SourceFile(path=path.absolute(), md5=md5))
    return list(files.values())
