"""What a search of PubMed comes to: what is new of it, what was revised since, and what the store holds of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from tasks.literature.article import ARTICLES
from tasks.literature.eutils.client import Entrez
from tasks.literature.eutils.pages import Page, plan_pages
from tasks.literature.eutils.slices import slice_search
from tasks.literature.harvest import Route, held_files
from tasks.literature.latest import Held
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, row_key
from tasks.store.store import Store

SEARCHES = Recipe("searches", 1)
"""One row per finished harvest of a search: term, day, hits."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A search, the PMIDs that it found and the pages that bring what the store lacks of them."""

    term: str
    pmids: tuple[int, ...]
    pages: tuple[Page, ...]


def plan_harvest(store: Store, entrez: Entrez, term: str) -> Plan:
    """Search, and find out what has to be fetched: what is new, and what PubMed changed since the last harvest.

    Raises:
        NetworkError: PubMed can not be reached, or its counts do not add up.
    """
    slices = slice_search(entrez, term)
    holding = set(_holding(store)["pmid"].to_list())
    last = _last_harvest(store, term)
    revised: set[int] = set()
    if last:
        changed = slice_search(entrez, f'({term}) AND ("{last.replace("-", "/")}"[mdat] : "3000/12/31"[mdat])')
        revised = {pmid for part in changed for pmid in part.found.pmids}
    pmids = tuple(sorted({pmid for part in slices for pmid in part.found.pmids}))
    return Plan(term, pmids, tuple(plan_pages(slices, frozenset(holding - revised))))


def finish_harvest(store: Store, plan: Plan) -> Held:
    """Record that the plan was carried out and return what the store now holds of the search."""
    holding = _holding(store).filter(pl.col("pmid").is_in(pl.Series(plan.pmids, dtype=pl.Int64).implode()))
    wanted = set(holding["group"])
    if len(holding["pmid"].unique()) == len(plan.pmids):  # else it has to be asked for what did not come
        day = datetime.now(UTC).date().isoformat()
        row = {
            ROW_KEY: row_key(SEARCHES.digest, plan.term, day),
            "term": plan.term,
            "day": day,
            "hits": len(plan.pmids),
        }
        store.table(SEARCHES).commit(pl.DataFrame([row]))
    return Held(tuple(file for file in held_files(store, Route.EUTILS) if file in wanted), plan.pmids)


def _holding(store: Store) -> pl.DataFrame:
    """Return pmid and group (the page) of every record that came from PubMed's answers."""
    files: Sequence[str] = held_files(store, Route.EUTILS)
    if not files:
        return pl.DataFrame(schema={"pmid": pl.Int64, "group": pl.String})
    return store.table(ARTICLES).read_groups(files, ["pmid"], pl.lit(True))


def _last_harvest(store: Store, term: str) -> str | None:
    searches = store.table(SEARCHES).read_groups(["part"], ["term", "day"], pl.col("term") == term)
    return None if searches.is_empty() else str(searches["day"].max())
