"""Cut a search into slices that ESearch serves whole: 9,999 hits at most."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tasks.literature.eutils.client import SEARCH_LIMIT, Entrez, Found
from tasks.logger import logger
from tasks.network.request import NetworkError

FIRST_DAY = date(1800, 1, 1)
HIGHEST_PMID = 99_999_999
Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a search that is served whole, and how to ask for it again."""

    term: str
    entered: Days | None
    found: Found

    def search_again(self, entrez: Entrez) -> Found:
        """Ask for the slice once more, for a history that has expired."""
        return entrez.search(self.term, self.entered)


def slice_search(entrez: Entrez, term: str) -> list[Slice]:
    """Return slices that hold every hit of a search once.

    A search that is too large is halved by day of entry, and a day that still is by PMID. PubMed changes meanwhile, so
    counts that do not add up are taken once more.

    Raises:
        NetworkError: PubMed can not be reached, or the slices do not add up to the whole.
    """
    for _ in range(2):
        whole = entrez.search(term)
        if whole.count <= SEARCH_LIMIT:
            return [Slice(term, None, whole)]
        slices = list(_slices(entrez, term, whole.count))
        counted = sum(part.found.count for part in slices)
        if counted == whole.count == len({pmid for part in slices for pmid in part.found.pmids}):
            return slices
        logger.warning("PubMed counts %s hits in all and %s in slices; searching again", whole.count, counted)
    raise NetworkError(f"PubMed's slices hold {counted:,} of {whole.count:,} hits of {term[:80]}; run it again later")


def _slices(entrez: Entrez, term: str, count: int) -> Iterator[Slice]:
    days = (FIRST_DAY, datetime.now(UTC).date() + timedelta(days=366))
    dated = entrez.search(term, days)
    if dated.count == count:
        yield from _by_day(entrez, term, days, dated)
    else:  # some hits have no day of entry
        yield from _by_pmid(entrez, term, None, (1, HIGHEST_PMID))


def _by_day(entrez: Entrez, term: str, days: Days, found: Found) -> Iterator[Slice]:
    first, last = days
    if found.count <= SEARCH_LIMIT:
        if found.count:
            yield Slice(term, days, found)
    elif first == last:
        yield from _by_pmid(entrez, term, days, (1, HIGHEST_PMID))
    else:
        middle = first + (last - first) // 2
        for half in ((first, middle), (middle + timedelta(days=1), last)):
            yield from _by_day(entrez, term, half, entrez.search(term, half))


def _by_pmid(entrez: Entrez, term: str, days: Days | None, pmids: tuple[int, int]) -> Iterator[Slice]:
    first, last = pmids
    narrowed = f"({term}) AND {first}:{last}[UID]"
    found = entrez.search(narrowed, days)
    if found.count <= SEARCH_LIMIT:
        if found.count:
            yield Slice(narrowed, days, found)
    else:
        middle = (first + last) // 2
        for half in ((first, middle), (middle + 1, last)):
            yield from _by_pmid(entrez, term, days, half)
