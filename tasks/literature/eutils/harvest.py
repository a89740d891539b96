"""What a search of PubMed comes to: what is new of it, what was revised since, and what the store holds of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from tasks.literature.article import ARTICLES
from tasks.literature.eutils.client import Entrez
from tasks.literature.eutils.pages import PAGE, Page, list_pages, plan_pages, record_refused
from tasks.literature.eutils.slices import slice_search
from tasks.literature.harvest import Route, file_entries, held_files
from tasks.literature.latest import Held
from tasks.network.request import NetworkError
from tasks.store.store import Store

FETCHED_SCHEMA = {"pmid": pl.Int64, "group": pl.String, "day": pl.Date}


@dataclass(frozen=True, slots=True)
class Plan:
    """A search, the PMIDs that it found and the pages that bring what the store lacks of them.

    Without a term the PMIDs are those of a list.
    """

    term: str | None
    pmids: tuple[int, ...]
    pages: tuple[Page, ...]


def plan_harvest(store: Store, entrez: Entrez, term: str) -> Plan:
    """Search, and find out what has to be fetched: what is new, and what PubMed revised since it was fetched.

    Raises:
        NetworkError: PubMed can not be reached, or its counts do not add up.
    """
    slices = slice_search(entrez, term)
    pmids = tuple(sorted({pmid for part in slices for pmid in part.found.pmids}))
    fetched = _fetched(store, pmids)
    revised = _revised(entrez, fetched, lambda _pmids: [term])
    return Plan(term, pmids, tuple(plan_pages(slices, frozenset(set(fetched["pmid"]) - revised))))


def plan_list(store: Store, entrez: Entrez, pmids: Sequence[int]) -> Plan:
    """Find out which of listed PMIDs have to be fetched: what is new, and what PubMed revised since it was fetched.

    Raises:
        NetworkError: PubMed can not be reached.
    """
    fetched = _fetched(store, tuple(pmids))
    held = set(fetched["pmid"]) - _revised(entrez, fetched, _list_terms)
    return Plan(None, tuple(sorted(pmids)), tuple(list_pages([pmid for pmid in pmids if pmid not in held])))


def finish_harvest(store: Store, plan: Plan, refused: Mapping[int, str]) -> Held:
    """Record what did not come and why, and return what the store holds of the search.

    Raises:
        NetworkError: nothing came of what was asked for.
    """
    record_refused(store, plan.pmids, refused)
    asked = sum(len(page.pmids) for page in plan.pages)
    if asked and len(refused) == asked:
        reason = next(iter(refused.values()))
        raise NetworkError(f"PubMed sent none of {asked:,} articles ({reason}); run the same command again later")
    wanted = set(_fetched(store, plan.pmids)["group"])
    files = tuple(file for file in held_files(store, Route.EUTILS) if file in wanted)
    return Held(files, plan.pmids, searched=plan.term is not None)


def _fetched(store: Store, pmids: tuple[int, ...]) -> pl.DataFrame:
    """Return pmid, group (the answer) and day of each time that one of ``pmids`` was fetched."""
    files = held_files(store, Route.EUTILS)
    wanted = pl.col("pmid").is_in(pl.Series(pmids, dtype=pl.Int64).implode())
    held = store.table(ARTICLES).read_groups(files, ["pmid"], wanted)
    if held.is_empty():
        return pl.DataFrame(schema=FETCHED_SCHEMA)
    days = file_entries(store, files).select(group="file", day=pl.col("retrieved").str.head(10).str.to_date())
    return held.join(days, on="group")


def _revised(entrez: Entrez, fetched: pl.DataFrame, terms: Callable[[set[int]], Iterable[str]]) -> set[int]:
    """Return the PMIDs that PubMed revised since they were last fetched; ``terms`` are searches that find them.

    A search knows one day at a time, so PMIDs are asked about by age, in spans that double: some may be fetched once
    more than they had to be, none is missed. A day of grace covers time zones and harvests across midnight.
    """
    today = datetime.now(UTC).date()
    by_span: dict[int, set[int]] = {}
    for pmid, day in fetched.group_by("pmid").agg(pl.col("day").max()).iter_rows():
        span = 1 << (today - day).days.bit_length()
        by_span.setdefault(span, set()).add(pmid)
    revised: set[int] = set()
    for span, pmids in by_span.items():
        for term in terms(pmids):
            slices = slice_search(entrez, _revised_since(term, today - timedelta(days=span)))
            revised |= pmids & {pmid for part in slices for pmid in part.found.pmids}
    return revised


def _list_terms(pmids: set[int]) -> Iterable[str]:
    ordered = sorted(pmids)
    for start in range(0, len(ordered), PAGE):
        yield " OR ".join(f"{pmid}[UID]" for pmid in ordered[start : start + PAGE])


def _revised_since(term: str, day: date) -> str:
    return f'({term}) AND ("{day:%Y/%m/%d}"[mdat] : "3000/12/31"[mdat])'
