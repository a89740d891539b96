"""The articles stage as a Prefect task: a retried task for each file."""

from prefect import State, task
from prefect.cache_policies import NO_CACHE

from tasks.literature.article import ARTICLES
from tasks.literature.harvest import file_summaries, harvest_file, latest_articles, missing_files
from tasks.literature.pubmed_xml import SourceError
from tasks.literature.sources import SourceFile
from tasks.orchestration.progress import StageProgress
from tasks.orchestration.stage import stage_task
from tasks.store.reference import StageResult
from tasks.store.store import Store


def _may_mend(_task: object, _run: object, state: State[str]) -> bool:
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
def harvest_file_task(store: Store, file: SourceFile) -> str:
    """Harvest one file and return its MD5."""
    harvest_file(store, file)
    return file.md5


def _harvest(store: Store, files: list[SourceFile]) -> StageResult:
    missing = missing_files(store, files)
    if missing:
        with StageProgress("files", len(missing), len(missing)) as progress:
            for file in missing:
                harvest_file_task(store, file)
                progress.advance(1)
    summaries = file_summaries(store, files)
    keys = latest_articles(store, files)
    new = latest_articles(store, missing)
    quarantined = int(summaries["quarantined"].sum())
    superseded = int(summaries["rows"].sum()) - len(keys)
    reasons = {"unreadable record": quarantined, "superseded by a later version": superseded}
    computed = len(keys.filter(keys.is_in(new.implode())))
    return StageResult(
        stage=ARTICLES.stage,
        ref=store.select(store.table(ARTICLES), keys),
        computed=computed,
        reused=len(keys) - computed,
        dropped=quarantined + superseded,
        reasons={reason: count for reason, count in reasons.items() if count},
    )


articles_stage = stage_task(_harvest, "articles", recipe=ARTICLES)
