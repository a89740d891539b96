"""Fetch what a search found, page by page, and account for every PMID."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

import polars as pl

from tasks.literature.article import ARTICLES
from tasks.literature.eutils.client import Entrez, ExpiredHistoryError, Found
from tasks.literature.eutils.slices import Slice
from tasks.literature.harvest import harvest_page
from tasks.literature.source_text import SourceError
from tasks.logger import logger
from tasks.network.request import NetworkError
from tasks.store.row_key import ROW_KEY, row_key
from tasks.store.store import Store

PAGE = 200
BLOCK_PAGES = 10
NOT_SENT = "PubMed found it, but did not send it"
UNKNOWN = "PubMed has no such PMID, or did not send it"


@dataclass(slots=True)
class History:
    """Where the history server keeps a slice; renewed when it has forgotten it."""

    part: Slice
    found: Found
    lock: Lock = field(default_factory=Lock)

    def renew(self, entrez: Entrez, expired: Found) -> Found:
        """Search again, unless another thread has done so since."""
        with self.lock:
            if self.found is expired:
                self.found = self.part.search_again(entrez)
            return self.found


@dataclass(frozen=True, slots=True)
class Page:
    """PMIDs to fetch in one answer: the ``start``-th to the last of a history, or a list of their own.

    ``lacking`` is why one is not in the answer, as far as can be told.
    """

    pmids: tuple[int, ...]
    start: int = 0
    history: History | None = None
    lacking: str = NOT_SENT


def plan_pages(slices: Sequence[Slice], held: frozenset[int]) -> list[Page]:
    """Return the pages that bring what the slices found and the store does not hold, each PMID once.

    A slice that is new as a whole is fetched from the history server, of others the new PMIDs by list.
    """
    pages: list[Page] = []
    for part in slices:
        wanted = [pmid for pmid in part.found.pmids if pmid not in held]
        history = History(part, part.found) if len(wanted) == part.found.count else None
        pages += [Page(tuple(wanted[start : start + PAGE]), start, history) for start in range(0, len(wanted), PAGE)]
    return pages


def list_pages(pmids: Sequence[int]) -> list[Page]:
    """Return the pages that bring PMIDs which somebody listed, and PubMed may not know."""
    return [Page(tuple(pmids[start : start + PAGE]), lacking=UNKNOWN) for start in range(0, len(pmids), PAGE)]


def blocks_of(pages: Sequence[Page]) -> Iterator[Sequence[Page]]:
    """Yield the pages in blocks, each of them work enough for a task of its own."""
    for first in range(0, len(pages), BLOCK_PAGES):
        yield pages[first : first + BLOCK_PAGES]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What pages came to: the identities of the answers that were read, and why PMIDs did not come."""

    files: tuple[str, ...]
    refused: dict[int, str]


def harvest_pages(store: Store, entrez: Entrez, pages: Sequence[Page]) -> Fetched:
    """Fetch pages into the store; a page that can not be had does not keep the others from coming."""
    files: list[str] = []
    refused: dict[int, str] = {}
    for page in pages:
        missing = list(page.pmids)
        reason = page.lacking
        try:
            file, missing = _harvest_answer(store, _answer(entrez, page), missing)
            files.append(file)
            if missing and page.history:  # the history's order may have changed since the search
                file, missing = _harvest_answer(store, entrez.fetch(missing), missing)
                files.append(file)
        except (NetworkError, SourceError) as error:
            logger.warning("%s", error)
            reason = str(error)
        refused |= dict.fromkeys(missing, reason)
    return Fetched(tuple(files), refused)


def record_refused(store: Store, asked: Sequence[int], refused: Mapping[int, str]) -> None:
    """Quarantine the PMIDs that did not come, and release those of ``asked`` that did."""
    table = store.table(ARTICLES)
    table.release(pl.Series([_key(pmid) for pmid in asked if pmid not in refused], dtype=pl.String))
    rows = [(_key(pmid), f"PMID {pmid}", reason) for pmid, reason in refused.items()]
    schema = {ROW_KEY: pl.String, "key": pl.String, "reason": pl.String}
    table.quarantine(pl.DataFrame(rows, schema=schema, orient="row"))


def _answer(entrez: Entrez, page: Page) -> bytes:
    if page.history is None:
        return entrez.fetch(page.pmids)
    found = page.history.found
    try:
        return entrez.fetch_history(found, page.start, len(page.pmids))
    except ExpiredHistoryError:
        found = page.history.renew(entrez, found)
    try:
        return entrez.fetch_history(found, page.start, len(page.pmids))
    except ExpiredHistoryError:
        return entrez.fetch(page.pmids)


def _harvest_answer(store: Store, answer: bytes, pmids: Sequence[int]) -> tuple[str, list[int]]:
    """Read an answer; return its identity and the PMIDs that it does not hold."""
    file, received = harvest_page(store, answer, f"EFetch {pmids[0]} to {pmids[-1]}")
    held = set(received)
    return file, [pmid for pmid in pmids if pmid not in held]


def _key(pmid: int) -> str:
    return row_key(ARTICLES.digest, "eutils", pmid)
