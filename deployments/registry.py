"""Every deployment: its flow, work pool, schedule and defaults, in one place."""

from typing import Any

from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectAlreadyExists
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows.annotate import annotate
from flows.distill import distill
from flows.evaluate import evaluate
from flows.extract import extract
from flows.extraction_parameters import Extraction
from flows.harvest import harvest
from flows.parameters import Distillation, Harvesting
from flows.tune import TRAININGS

WORK_POOL = "distillery"
DAILY = Cron("0 20 * * *", timezone="UTC", active=False, slug="daily")
WEEKLY = Cron("0 6 * * 1", timezone="UTC", active=False, slug="weekly")


def deploy(root: str) -> list[str]:
    """Create the work pool and every deployment on the server in force; return the deployments' names.

    Deploying again changes what has changed. Schedules arrive paused: switch them on in the UI.

    Args:
        root: absolute folder or address of the tables, for runs that name none.
    """
    with get_client(sync_client=True) as client:
        _create_work_pool(client)
    names = []
    for deployment in _deployments(root):
        deployment.apply()
        names.append(f"{deployment.flow_name}/{deployment.name}")
    return names


def _deployments(root: str) -> list[RunnerDeployment]:
    distillation = Distillation().model_dump(mode="json")
    harvesting = Harvesting(source=["baseline:"]).model_dump(mode="json")
    return [
        _deployment(
            distill,
            root,
            name="branch",
            description="Distil one MeSH branch into a dataset. Run it again with another branch: what is known is "
            "reused.",
            parameters={"parameters": distillation},
            schedules=[WEEKLY],
        ),
        _deployment(
            harvest,
            root,
            name="pubmed",
            description="Bring new and revised articles into the tables: from PubMed, NLM's files or files at hand.",
            parameters={"parameters": harvesting},
            schedules=[DAILY],
        ),
        *(_deployment(training, root, name=kind, description=training.__doc__) for kind, training in TRAININGS.items()),
        _deployment(
            evaluate,
            root,
            name="model",
            description="Judge a model, or two against each other, on PubMedQA or BioASQ's yes/no questions.",
        ),
        _deployment(
            extract,
            root,
            name="student",
            description="Distil a teacher into a small student that extracts: adverse drug events and more.",
            parameters={"parameters": Extraction().model_dump(mode="json")},
        ),
        _deployment(
            annotate,
            root,
            name="articles",
            description="Annotate articles with what a student finds, into one table.",
        ),
    ]


def _deployment(flow: Flow[..., Any], root: str, **options: Any) -> RunnerDeployment:  # noqa: ANN401 - Prefect's own
    made = flow.to_deployment(
        tags=["mesh-distillery"],
        work_pool_name=WORK_POOL,
        job_variables={"env": worker_environment(root)},
        entrypoint_type=EntrypointType.MODULE_PATH,
        **options,
    )
    assert isinstance(made, RunnerDeployment)  # a coroutine under a running event loop, and there is none
    return made


def worker_environment(root: str) -> dict[str, Any]:
    """Return the variables of a run: process workers run in a folder that is deleted, so the root is absolute."""
    return {"DISTILLERY_ROOT": root, "PREFECT_LOGGING_EXTRA_LOGGERS": "distillery"}


def _create_work_pool(client: SyncPrefectClient) -> None:
    try:
        client.create_work_pool(WorkPoolCreate(name=WORK_POOL, type="process", concurrency_limit=1))
    except ObjectAlreadyExists:
        return
