"""The harvest as a Prefect task, with a retried task for each file and one for each block of pages."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from prefect import State, task
from prefect.artifacts import create_table_artifact
from prefect.blocks.system import Secret
from prefect.cache_policies import NO_CACHE
from pydantic import SecretStr

from tasks.literature.baseline.download import local_copy
from tasks.literature.baseline.listing import BaselineFile, list_files
from tasks.literature.eutils.client import Entrez
from tasks.literature.eutils.harvest import Plan, finish_harvest, plan_harvest, plan_list
from tasks.literature.eutils.pages import Fetched, Page, blocks_of, harvest_pages
from tasks.literature.harvest import (
    Harvested,
    Route,
    count_changes,
    harvest_file,
    held_files,
    quarantine_file,
    release_files,
)
from tasks.literature.latest import Held
from tasks.literature.source_text import SourceError
from tasks.literature.sources import (
    BASELINE,
    PMIDS,
    PUBMED,
    NamedFile,
    baseline_location,
    listed_pmids,
    named_files,
    ncbi_email,
)
from tasks.logger import logger
from tasks.network.request import NetworkError
from tasks.orchestration.progress import StageProgress
from tasks.orchestration.threads import run_in_threads
from tasks.settings import settings
from tasks.store.store import Store

API_KEY_BLOCK = "ncbi-api-key"
PAGES_AT_ONCE = 4

File = TypeVar("File", NamedFile, BaselineFile)


@dataclass(frozen=True, slots=True)
class Harvest:
    """What sources came to: what the store holds of them, the files read for it now, and the counts."""

    held: tuple[Held, ...]
    read: tuple[str, ...]
    counts: Harvested
    seconds: float

    @property
    def cache_identity(self) -> list[Any]:
        """What the harvest contributes to a stage's cache key: what is held, not what had to be read for it."""
        return [each.cache_identity for each in self.held]


def _may_mend(_task: object, _run: object, state: State[Any]) -> bool:
    """Reading a damaged file again does not mend it; anything else may pass."""
    return not isinstance(state.result(raise_on_failure=False), SourceError)


@task(
    name="file",
    task_run_name="harvest {file.path.name}",
    retries=1,
    retry_condition_fn=_may_mend,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def harvest_named_file(store: Store, file: NamedFile, threads: int) -> str:
    """Harvest a file that the user named; return its MD5."""
    harvest_file(store, file.path, file.md5, Route.FILE, threads)
    return file.md5


@task(name="baseline file", task_run_name="harvest {file.name}", retries=1, cache_policy=NO_CACHE, persist_result=False)
def harvest_baseline_file(store: Store, file: BaselineFile, threads: int) -> str | None:
    """Harvest a file of NLM's; return its MD5, or None where it is quarantined for a reason."""
    try:
        with local_copy(file) as path:
            harvest_file(store, path, file.md5, Route.BASELINE, threads)
    except (SourceError, NetworkError) as error:
        logger.warning("%s", error)
        quarantine_file(store, file.md5, file.name, str(error))
        return None
    return file.md5


@task(name="pages", task_run_name="pages from PMID {pages[0].pmids[0]}", cache_policy=NO_CACHE, persist_result=False)
def harvest_page_block(store: Store, entrez: Entrez, pages: Sequence[Page]) -> Fetched:
    """Fetch a block of pages; return what they came to."""
    return harvest_pages(store, entrez, pages)


@task(name="harvest", cache_policy=NO_CACHE, persist_result=False)
def harvest_task(store: Store, sources: Sequence[str], term: str) -> Harvest:
    """Read what the sources have and the store has not.

    Args:
        term: what PubMed is searched for, where it is one of the sources.

    Raises:
        SourceError: a file that the user named can not be read.
        NetworkError: a server can not be reached, or does not list what it has.
    """
    began = time.monotonic()
    held: list[Held] = []
    read: list[str] = []
    refused = 0
    for source in sources:
        if source == PUBMED:
            found, files, lacking = _harvest_pubmed(store, lambda entrez: plan_harvest(store, entrez, term))
        elif source.startswith(PMIDS):
            pmids = listed_pmids(source)
            found, files, lacking = _harvest_pubmed(store, partial(plan_list, store, pmids=pmids))
        elif source.startswith(BASELINE):
            found, files, lacking = _read_missing(store, list_files(baseline_location(source)), harvest_baseline_file)
        else:
            found, files, lacking = _read_missing(store, named_files(source), harvest_named_file)
        held.append(found)
        read += files
        refused += lacking
    changes = count_changes(store, held, read)
    counts = changes.model_copy(update={"quarantined": changes.quarantined + refused})
    create_table_artifact([counts.model_dump()], key="harvest", description=f"Harvested from {', '.join(sources)}")
    return Harvest(tuple(held), tuple(read), counts, time.monotonic() - began)


def _read_missing(
    store: Store, files: Sequence[File], harvest: Callable[[Store, File, int], str | None]
) -> tuple[Held, list[str], int]:
    """Read what the store lacks; return what it holds, what was read and how many could not be."""
    every = {file.md5: file for file in files}
    known = set(held_files(store))
    missing = [file for file in every.values() if file.md5 not in known]
    read: list[str] = []
    if missing:
        cores = len(os.sched_getaffinity(0))
        workers = min(len(missing), cores)
        threads = max(1, cores // workers)
        with StageProgress("files", len(missing), len(missing)) as progress:
            done = run_in_threads(
                lambda file: harvest(store, file, threads),
                missing,
                workers,
                partial(progress.advance, 1),
            )
        read = [file for file in done if file is not None]
    release_files(store, read)
    come = known.union(read)
    return Held(tuple(file for file in every if file in come)), read, len(missing) - len(read)


def _harvest_pubmed(store: Store, find: Callable[[Entrez], Plan]) -> tuple[Held, list[str], int]:
    """Fetch what the store lacks of a plan; return what it holds, what was read and how many PMIDs did not come."""
    now = settings()
    with closing(Entrez(now.eutils_url, ncbi_email(), now.ncbi_api_key or _stored_api_key())) as entrez:
        return _carry_out(store, entrez, find(entrez))


def _carry_out(store: Store, entrez: Entrez, plan: Plan) -> tuple[Held, list[str], int]:
    lacking = sum(len(page.pmids) for page in plan.pages)
    counts = f"{len(plan.pmids):,}", f"{lacking:,}"
    logger.info("%s articles of PubMed, %s of them to fetch: %s", *counts, plan.term or "those listed")
    came: list[Fetched] = []
    if plan.pages:
        blocks = list(blocks_of(plan.pages))
        with StageProgress("PubMed pages", len(blocks), len(blocks)) as progress:
            came = run_in_threads(
                partial(harvest_page_block, store, entrez), blocks, PAGES_AT_ONCE, partial(progress.advance, 1)
            )
    refused = {pmid: reason for each in came for pmid, reason in each.refused.items()}
    held = finish_harvest(store, plan, refused)
    return held, [file for each in came for file in each.files], len(refused)


def _stored_api_key() -> SecretStr | None:
    """Return the key in Prefect's Secret block, None without one."""
    try:
        block = Secret.load(API_KEY_BLOCK)
    except ValueError:
        return None
    assert isinstance(block, Secret)  # a coroutine under a running event loop, and there is none
    return SecretStr(str(block.get()))
