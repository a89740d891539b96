"""What ``--source`` means: files, the sample, NLM's baseline and updates, or a search of PubMed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from tasks.assets.fetch import sample_files
from tasks.checksum import md5_of
from tasks.literature.pubmed_xml.blocks import SourceError
from tasks.settings import settings

SAMPLE, PUBMED, BASELINE = "sample", "pubmed", "baseline:"
ENDINGS = (".xml", ".xml.gz")


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that the user named, known by its content."""

    path: Path
    md5: str


def check_sources(sources: Sequence[str]) -> None:
    """Check that every source is one that can be harvested, fetching nothing.

    Raises:
        SourceError: a source is none, or lacks what it needs.
    """
    if not sources:
        raise SourceError(f"source: expected at least one file, '{SAMPLE}', '{PUBMED}' or '{BASELINE}…'; name one")
    for source in sources:
        if source == PUBMED:
            ncbi_email()
        elif source.startswith(BASELINE):
            _check_baseline(source)
        elif source != SAMPLE:
            _check_file(source)


def named_files(source: str) -> list[NamedFile]:
    """Return the files that a source means, the sample's or the one that it names.

    Raises:
        SourceError: there is no such file.
        AssetError: the sample could not be fetched.
    """
    paths = sample_files() if source == SAMPLE else [Path(source)]
    return [NamedFile(path.absolute(), md5_of(path)) for path in paths]


def baseline_location(source: str) -> str:
    """Return the folder or URL that ``baseline:…`` names; NLM's own server where it names none."""
    return source.removeprefix(BASELINE) or settings().baseline_url


def _check_url(location: str) -> None:
    try:
        url = httpx.URL(location)
    except httpx.InvalidURL as error:
        raise SourceError(
            f"source {BASELINE}…: {error}; name a folder, or a URL such as https://host/pubmed"
        ) from error
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise SourceError(
            f"source {BASELINE}…: expected a folder or an http(s) address without name and password, "
            f"found {url.scheme}://{url.host}"
        )


def ncbi_email() -> str:
    """Return the address that goes with every request to NCBI.

    Raises:
        SourceError: none is set.
    """
    email = settings().email
    if not email:
        raise SourceError(f"source {PUBMED}: NCBI asks every client for an address; set NCBI_EMAIL to yours")
    return email


def _check_file(source: str) -> None:
    if not Path(source).is_file():
        raise SourceError(
            f"source {source}: there is no such file; name a .xml or .xml.gz file, '{SAMPLE}', '{PUBMED}' or "
            f"'{BASELINE}FOLDER-OR-URL'"
        )
    if not source.endswith(ENDINGS):
        raise SourceError(f"source {source}: expected a name that ends in .xml or .xml.gz")


def _check_baseline(source: str) -> None:
    location = baseline_location(source)
    if "://" in location:
        _check_url(location)
    elif not Path(location).is_dir():
        raise SourceError(f"source {source}: there is no such folder; name a mirror of NLM's files, or a URL")
