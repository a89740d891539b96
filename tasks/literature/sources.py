"""What ``--source`` means: files, the sample, NLM's baseline and updates, a search of PubMed or a list of PMIDs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from tasks.assets.fetch import sample_files
from tasks.checksum import md5_of
from tasks.literature.eutils.listed import read_pmids
from tasks.literature.pubmed_xml.read import check_format
from tasks.literature.source_text import SourceError
from tasks.logger import logger
from tasks.settings import settings

SAMPLE, PUBMED, BASELINE, PMIDS = "sample", "pubmed", "baseline:", "pmids:"
EXPECTED = (
    f"a file or folder of PubMed XML or MEDLINE format, '{SAMPLE}', '{PUBMED}', '{PMIDS}FILE' or "
    f"'{BASELINE}FOLDER-OR-URL'"
)


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
        raise SourceError(f"source: expected at least one; name {EXPECTED}")
    for source in sources:
        if source == PUBMED:
            ncbi_email()
        elif source.startswith(PMIDS):
            listed_pmids(source)
            ncbi_email()
        elif source.startswith(BASELINE):
            _check_baseline(source)
        elif source != SAMPLE:
            _files_of(source)


def named_files(source: str) -> list[NamedFile]:
    """Return the files that a source means: the sample's, the one that it names or those of the folder that it names.

    Raises:
        SourceError: there is no such file, or none that holds records.
        AssetError: the sample could not be fetched.
    """
    paths = sample_files() if source == SAMPLE else _files_of(source)
    return [NamedFile(path.absolute(), md5_of(path)) for path in paths]


def listed_pmids(source: str) -> tuple[int, ...]:
    """Return the PMIDs in the file that ``pmids:…`` names.

    Raises:
        SourceError: there is no such file, or it holds something else.
    """
    path = Path(source.removeprefix(PMIDS)).expanduser()
    _check_readable(source, path)
    return read_pmids(path)


def baseline_location(source: str) -> str:
    """Return the folder or URL that ``baseline:…`` names; NLM's own server where it names none."""
    location = source.removeprefix(BASELINE) or settings().baseline_url
    return location if "://" in location else str(Path(location).expanduser())


def ncbi_email() -> str:
    """Return the address that goes with every request to NCBI.

    Raises:
        SourceError: none is set.
    """
    email = settings().email
    if not email:
        raise SourceError(f"source {PUBMED}: NCBI asks every client for an address; set NCBI_EMAIL to yours")
    return email


def _files_of(source: str) -> list[Path]:
    """Return the file that a source names, or the files of a folder that hold records; what they are called is free."""
    path = Path(source).expanduser()
    if not path.is_dir():
        _check_readable(source, path)
        check_format(path)
        return [path]
    found = sorted(each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))
    faults: dict[str, str] = {}
    for each in found:
        try:
            check_format(each)
        except SourceError as error:
            faults[each.name] = str(error)
    kept = [each for each in found if each.name not in faults]
    if not kept:
        reason = next(iter(faults.values()), "it holds no file")
        raise SourceError(f"source {source}: expected a folder with files of PubMed's; {reason}")
    if faults:
        others = ", ".join(faults)
        logger.warning("source %s: %s of %s files hold no records: %s", source, len(faults), len(found), others)
    return kept


def _check_readable(source: str, path: Path) -> None:
    if "://" in source:
        raise SourceError(f"a source can not be read from an address; download it, or name {EXPECTED}")
    if path.is_fifo() or path.is_char_device():
        raise SourceError(f"source {source} is a pipe, which can be read only once; save what it gives to a file first")
    if not path.is_file():
        raise SourceError(f"source {source}: there is no such file; name {EXPECTED}")


def _check_baseline(source: str) -> None:
    location = baseline_location(source)
    if "://" in location:
        _check_url(location)
    elif not Path(location).is_dir():
        raise SourceError(f"source {source}: there is no such folder; name a mirror of NLM's files, or a URL")


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
