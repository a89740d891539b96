"""Fetch what a search found, page by page, and account for every PMID."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock

import polars as pl

from tasks.literature.article import ARTICLES
from tasks.literature.eutils.client import Entrez, ExpiredHistoryError, Found
from tasks.literature.eutils.slices import Slice
from tasks.literature.harvest import harvest_page
from tasks.literature.pubmed_xml.blocks import SourceError
from tasks.network.request import NetworkError
from tasks.store.row_key import ROW_KEY, row_key
from tasks.store.store import Store

PAGE = 200
BLOCK_PAGES = 10


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
    """PMIDs to fetch in one answer: the ``start``-th to the last of a history, or a list of their own."""

    pmids: tuple[int, ...]
    start: int = 0
    history: History | None = None


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


def blocks_of(pages: Sequence[Page]) -> Iterator[Sequence[Page]]:
    """Yield the pages in blocks, each of them work enough for a task of its own."""
    for first in range(0, len(pages), BLOCK_PAGES):
        yield pages[first : first + BLOCK_PAGES]


def harvest_pages(store: Store, entrez: Entrez, pages: Sequence[Page]) -> list[str]:
    """Fetch pages into the store and return the identities of what came.

    PMIDs that do not come are quarantined with the reason, those that do leave the quarantine; a later harvest asks for
    the former again.
    """
    files: list[str] = []
    for page in pages:
        try:
            file, received = _harvest_page(store, page.pmids, _answer(entrez, page))
            files.append(file)
            missing = [pmid for pmid in page.pmids if pmid not in received]
            if missing and page.history:  # the history's order may have changed since the search
                file, more = _harvest_page(store, missing, entrez.fetch(missing))
                files.append(file)
                missing = [pmid for pmid in missing if pmid not in more]
            _quarantine(store, missing, "PubMed found it, but did not send it")
        except (NetworkError, SourceError) as error:
            _quarantine(store, list(page.pmids), str(error))
    return files


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


def _harvest_page(store: Store, pmids: Sequence[int], answer: bytes) -> tuple[str, set[int]]:
    file, received = harvest_page(store, answer, f"EFetch {pmids[0]} to {pmids[-1]}")
    store.table(ARTICLES).release(pl.Series([_key(pmid) for pmid in received]))
    return file, set(received)


def _quarantine(store: Store, pmids: Sequence[int], reason: str) -> None:
    rows = [(_key(pmid), f"PMID {pmid}", reason) for pmid in pmids]
    schema = {ROW_KEY: pl.String, "key": pl.String, "reason": pl.String}
    store.table(ARTICLES).quarantine(pl.DataFrame(rows, schema=schema, orient="row"))


def _key(pmid: int) -> str:
    return row_key(ARTICLES.digest, "eutils", pmid)
