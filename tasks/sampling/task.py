"""The samples stage as a Prefect task."""

from mesh.hierarchy import load_hierarchy
from tasks.literature.collection import read_usable
from tasks.orchestration.stage import fill, stage_task
from tasks.sampling.sample import SampleSettings, sample_articles, wanted_samples
from tasks.store.outcome import Outcome
from tasks.store.reference import StageResult, TableRef
from tasks.store.store import Store


def _sample(store: Store, articles: TableRef, settings: SampleSettings) -> StageResult:
    samples = sample_articles(read_usable(store, articles), load_hierarchy(), settings)
    wanted = wanted_samples(samples, settings, articles.fingerprint)
    return fill(store, store.table(settings.recipe), wanted, Outcome, label="samples", batch_rows=max(1, len(wanted)))


samples_stage = stage_task(_sample, "samples", "samples: {arguments[settings].branch_name}")
