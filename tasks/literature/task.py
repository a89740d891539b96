"""The articles and licences stages as Prefect tasks."""

from tasks.literature.article import ARTICLES
from tasks.literature.harvest import file_entries
from tasks.literature.harvest_task import Harvest
from tasks.literature.latest import latest_records
from tasks.literature.rights import LICENCES, fetch_licences, wanted_licences
from tasks.literature.wanted import WANTED_COLUMNS, Wanted
from tasks.orchestration.stage import fill, stage_task
from tasks.store.reference import StageResult, TableRef
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store

LICENCE_BATCH = 1_000


def _articles(store: Store, harvest: Harvest, wanted: Wanted) -> StageResult:
    latest = latest_records(store, harvest.held)
    table = store.table(ARTICLES)
    if wanted.since or wanted.until or wanted.languages or wanted.publication_types:
        chosen = table.read(latest[ROW_KEY], WANTED_COLUMNS).filter(wanted.condition())
        kept = latest.join(chosen.select(ROW_KEY), on=ROW_KEY, how="semi", maintain_order="left")
    else:
        kept = latest
    entries = file_entries(store, [file for each in harvest.held for file in each.files])
    reasons = {
        "unreadable record": int(entries["quarantined"].sum()),
        "superseded or withdrawn": int(entries["rows"].sum()) - len(latest),
        "not wanted": len(latest) - len(kept),
    }
    computed = int(kept["group"].is_in(list(harvest.read)).sum())
    return StageResult(
        stage=ARTICLES.stage,
        ref=store.select(table, kept[ROW_KEY]),
        computed=computed,
        reused=len(kept) - computed,
        dropped=sum(reasons.values()),
        reasons={reason: count for reason, count in reasons.items() if count},
    )


def _licences(store: Store, articles: TableRef) -> StageResult:
    wanted = wanted_licences(store.read(articles, ["pmcid"]))
    table = store.table(LICENCES)
    return fill(store, table, wanted, fetch_licences, label="licences", batch_rows=LICENCE_BATCH, lowest_yield=0.0)


articles_stage = stage_task(_articles, "articles", recipe=ARTICLES)
licences_stage = stage_task(_licences, "licences", recipe=LICENCES)
