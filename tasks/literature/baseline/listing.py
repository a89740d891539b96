"""List the baseline and update files of NLM's server or of a mirror, in the order in which they apply."""

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

import httpx
from lxml import etree, html

from tasks.checksum import md5_of
from tasks.literature.source_text import SourceError
from tasks.logger import logger
from tasks.network.pace import Pace, pace_of
from tasks.network.request import TIMEOUT, FaultyAnswerError, NetworkError, request

FOLDERS = ("baseline", "updatefiles")
NAME = re.compile(r"pubmed(\d\d)n(\d{4,})\.xml\.gz")
MD5 = re.compile(r"\b[0-9a-f]{32}\b")
UNPUBLISHED = "no MD5 for "
REQUESTS_PER_SECOND = 20.0
CHECKSUMS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class BaselineFile:
    """A baseline or update file: where it lies (a path or a URL) and the MD5 that NLM published for it."""

    name: str
    location: str
    md5: str

    @property
    def cache_identity(self) -> str:
        """What the file contributes to a stage's cache key: its content, wherever it lies."""
        return self.md5


def list_files(location: str) -> list[BaselineFile]:
    """Return the files of the latest year, in the order of their numbers.

    NLM numbers baseline and updates of a year through, and begins anew with next year's baseline.

    Args:
        location: a folder or URL that holds the files, or the folders ``baseline`` and ``updatefiles``.

    Raises:
        SourceError: there is nothing of the kind.
        NetworkError: the server can not be reached.
    """
    found = _list_server(location) if "://" in location else _list_folder(Path(location))
    named = {match.group(): (match.groups(), place) for name, place in found if (match := NAME.fullmatch(name))}
    if not named:
        raise SourceError(
            f"baseline:{location}: expected files such as pubmed26n0001.xml.gz there, or in its folders "
            f"{' and '.join(FOLDERS)}; found none"
        )
    latest = max(year for (year, _), _ in named.values())
    chosen = sorted((int(number), name, place) for name, ((year, number), place) in named.items() if year == latest)
    with ThreadPoolExecutor(CHECKSUMS_AT_ONCE) as pool:
        checksums = list(pool.map(_checksum, [place for _, _, place in chosen]))
    return [BaselineFile(name, place, md5) for (_, name, place), md5 in zip(chosen, checksums, strict=True)]


def _list_folder(folder: Path) -> Iterable[tuple[str, str]]:
    if not folder.is_dir():
        raise SourceError(f"baseline:{folder}: there is no such folder; name a mirror of NLM's files, or a URL")
    for place in (folder, *(folder / name for name in FOLDERS)):
        if place.is_dir():
            yield from ((path.name, str(path)) for path in place.iterdir())


def _list_server(url: str) -> Iterable[tuple[str, str]]:
    top = url.rstrip("/") + "/"
    names = _links(top)
    yield from ((name, urljoin(top, name)) for name in names)
    for folder in FOLDERS:
        if f"{folder}/" in names:
            inner = urljoin(top, f"{folder}/")
            yield from ((name, urljoin(inner, name)) for name in _links(inner))


def _links(url: str) -> list[str]:
    """Return what a server's listing of a folder links to."""

    def read(response: httpx.Response) -> list[str]:
        try:
            links = [str(link) for link in html.fromstring(response.content).xpath("//a/@href")]
        except (etree.ParserError, etree.XMLSyntaxError) as error:
            raise FaultyAnswerError("the listing is no HTML") from error
        # A folder may be empty, as the updates are after New Year; its listing still links to the folder above.
        above = urljoin(url, "..")
        if not any(link.strip("/") in FOLDERS or NAME.fullmatch(link) or urljoin(url, link) == above for link in links):
            raise FaultyAnswerError("what came is no listing of a folder")
        return links

    return request(lambda: httpx.get(url, timeout=TIMEOUT, follow_redirects=True), read, _pace(url), f"listing {url}")


def _checksum(location: str) -> str:
    """Return the MD5 that lies beside a file; a mirror's file without one is hashed.

    What stands for the MD5 that a server does not have is no MD5, and its file is not taken.
    """
    if "://" in location:
        url = f"{location}.md5"
        get = partial(httpx.get, url, timeout=TIMEOUT, follow_redirects=True)
        try:
            return request(get, _published_md5, _pace(url), url)
        except NetworkError as error:  # the file is quarantined, the others are read
            logger.warning("%s", error)
            return f"{UNPUBLISHED}{location}"
    beside = Path(f"{location}.md5")
    published = MD5.search(beside.read_text(errors="replace")) if beside.exists() else None
    if published:
        return published.group()
    return md5_of(Path(location))


def _published_md5(response: httpx.Response) -> str:
    found = MD5.search(response.text)
    if found is None:
        raise FaultyAnswerError("expected an MD5")
    return found.group()


def _pace(url: str) -> Pace:
    return pace_of(str(httpx.URL(url).host), REQUESTS_PER_SECOND)
