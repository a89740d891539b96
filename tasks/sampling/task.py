"""The samples stage as a Prefect task."""

from tasks.literature.collection import usable_parts
from tasks.literature.headings import with_uis
from tasks.logger import logger
from tasks.orchestration.stage import fill, stage_task
from tasks.sampling.sample import SampleSettings, sample_articles, wanted_samples
from tasks.store.outcome import Outcome
from tasks.store.reference import StageResult, TableRef
from tasks.store.store import Store

SHORTAGE = "wanted, but the branch has no more articles"


def _sample(store: Store, articles: TableRef, settings: SampleSettings) -> StageResult:
    hierarchy = settings.vocabulary.hierarchy()
    usable = usable_parts(store, articles, ["pmid", "headings", "content_hash"])
    samples, shortage = sample_articles((with_uis(part, hierarchy) for part in usable), hierarchy, settings)
    if shortage:
        logger.warning(
            "branch %s: %s articles were wanted, it has %s",
            settings.branch,
            f"{settings.articles:,}",
            f"{len(samples):,}",
        )
    wanted = wanted_samples(samples, settings, articles.fingerprint)
    result = fill(store, store.table(settings.recipe), wanted, Outcome, label="samples", batch_rows=max(1, len(wanted)))
    return result.model_copy(update={"reasons": result.reasons | ({SHORTAGE: shortage} if shortage else {})})


samples_stage = stage_task(_sample, "samples", "samples: {arguments[settings].branch_name}")
