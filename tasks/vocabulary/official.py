"""Fetch a year's MeSH from NLM.

https://www.nlm.nih.gov/databases/download/mesh.html: the current years lie in MESH_FILES, older ones in a folder each.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import httpx

from mesh.read_table import TableError, read_table
from mesh.table import DescriptorTable, write_table
from tasks.network.pace import pace_of
from tasks.network.request import TIMEOUT, FaultyAnswerError, MissingError, request
from tasks.settings import settings
from tasks.vocabulary.vocabulary import VocabularyError, table_path

REQUESTS_PER_SECOND = 2.0
FEWEST_DESCRIPTORS = 10_000


@dataclass(frozen=True, slots=True)
class Fetched:
    """A year's table, where it came from and where it lies now."""

    table: DescriptorTable
    address: str
    path: Path


def fetch_vocabulary(year: int) -> Fetched:
    """Fetch NLM's descriptor file of a year, read it and keep its table; one that is there is replaced in the end.

    Raises:
        VocabularyError: NLM has no such file.
        NetworkError: the server can not be reached, or what it sends is no descriptor file.
    """
    path = table_path(year)
    path.parent.mkdir(parents=True, exist_ok=True)
    addresses = _addresses(year)
    with (
        httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client,
        tempfile.TemporaryDirectory(dir=path.parent) as folder,
    ):
        for address in addresses:
            table = _fetch(client, address, Path(folder) / address.rpartition("/")[2])
            if table is not None:
                unfinished = Path(folder) / path.name
                write_table(DescriptorTable(table.descriptors, year, address), unfinished)
                unfinished.rename(path)
                return Fetched(table, address, path)
    raise VocabularyError(
        f"NLM has no descriptor file of {year} at any of {', '.join(addresses)}; choose a year that it has published, "
        "or read a file of your own with mesh.read_table"
    )


def _addresses(year: int) -> list[str]:
    root = settings().mesh_url.rstrip("/")
    return [
        f"{root}/MESH_FILES/xmlmesh/desc{year}.gz",
        *(f"{root}/{year}/xmlmesh/desc{year}.{end}" for end in ("gz", "xml")),
    ]


def _fetch(client: httpx.Client, address: str, path: Path) -> DescriptorTable | None:
    """Return the table at an address, None where there is no file."""

    def receive() -> httpx.Response:
        with client.stream("GET", address) as response:
            if response.status_code == httpx.codes.OK:
                with path.open("wb") as target:
                    for chunk in response.iter_raw():
                        target.write(chunk)
            else:
                response.read()
            return response

    def read(_response: httpx.Response) -> DescriptorTable:
        try:
            table = read_table(path)
        except TableError as error:
            raise FaultyAnswerError(str(error).replace(str(path), "what came")) from error
        if len(table.descriptors) < FEWEST_DESCRIPTORS:
            raise FaultyAnswerError(f"what came holds {len(table.descriptors):,} descriptors, MeSH has about 30,000")
        return table

    try:
        return request(receive, read, pace_of(str(httpx.URL(address).host), REQUESTS_PER_SECOND), f"fetch {address}")
    except MissingError:
        return None
