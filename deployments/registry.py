"""Every deployment: its flow, work pool, schedule and defaults, in one place."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.types.entrypoint import EntrypointType

from deployments.abandoned_runs import have_silent_runs_ended
from deployments.work_pool import TAG, WORK_POOL, set_up_work_pool
from flows.annotate import annotate
from flows.distill import distill
from flows.evaluate import evaluate
from flows.extract import extract
from flows.extraction_parameters import Extraction
from flows.harvest import harvest
from flows.parameters import Distillation, Harvesting
from flows.tune import TRAININGS

EVERYTHING = Harvesting(source=["baseline:"]).model_dump(mode="json")
DAILY = DeploymentScheduleCreate(
    slug="daily",
    schedule=CronSchedule(cron="0 20 * * *", timezone="UTC"),
    active=False,
    parameters={"parameters": EVERYTHING},
)
WEEKLY = DeploymentScheduleCreate(slug="weekly", schedule=CronSchedule(cron="0 6 * * 1", timezone="UTC"), active=False)


@dataclass(frozen=True)
class Deployed:
    """What stands on the server: the deployments' names, and how many runs go at once (nothing: any number)."""

    names: list[str]
    at_once: int | None


@dataclass(frozen=True)
class Declared:
    """A deployment as this version of the program has it."""

    flow: Flow[..., Any]
    name: str
    description: str
    parameters: dict[str, Any] = field(default_factory=dict)
    schedules: tuple[DeploymentScheduleCreate, ...] = ()


DEPLOYMENTS = (
    Declared(
        distill,
        "branch",
        "Distil one MeSH branch into a dataset. Run it again with another branch: what is known is reused.",
        {"parameters": Distillation().model_dump(mode="json")},
        (WEEKLY,),
    ),
    Declared(
        harvest,
        "pubmed",
        "Bring new and revised articles into the tables: from PubMed, NLM's files or files at hand. As it stands, the "
        "form reads the two sample files (60 MB); the source baseline: is all of PubMed, about 50 GB from NLM the "
        "first time and what is new after that, and so is the daily schedule, which is off until you switch it on.",
        {"parameters": Harvesting().model_dump(mode="json")},
        (DAILY,),
    ),
    *(Declared(training, kind, training.__doc__ or "") for kind, training in TRAININGS.items()),
    Declared(
        evaluate,
        "model",
        "Judge a model, or two against each other, on PubMedQA or BioASQ's yes/no questions.",
    ),
    Declared(
        extract,
        "student",
        "Distil a teacher into a small student that extracts: adverse drug events and more.",
        {"parameters": Extraction().model_dump(mode="json")},
    ),
    Declared(annotate, "articles", "Annotate articles with what a student finds, into one table."),
)
OUTDATED = ("tune/adapter",)
"""Deployments of earlier versions whose flow is no more."""


def deploy(root: str, at_once: int | None = None) -> Deployed:
    """Create the work pool and every deployment on the server in force.

    Deploying again changes what has changed, and nothing that a user set: a schedule that a deployment has keeps its
    times, its parameters and whether it is on, one that it has not arrives switched off; and the pool keeps its limit,
    unless ``at_once`` is given.

    Args:
        root: absolute folder or address of the tables, for runs that name none.
        at_once: how many runs go at once.
    """
    with get_client(sync_client=True) as client:
        limit = set_up_work_pool(client, root, at_once)
        for declared in DEPLOYMENTS:
            _add_schedules(client, _apply(declared), declared.schedules)
        for name in OUTDATED:
            with suppress(ObjectNotFound):
                client.delete_deployment(client.read_deployment_by_name(name).id)
        have_silent_runs_ended(client)
    return Deployed([f"{declared.flow.name}/{declared.name}" for declared in DEPLOYMENTS], limit)


def _apply(declared: Declared) -> UUID:
    made = declared.flow.to_deployment(
        name=declared.name,
        description=declared.description,
        parameters=declared.parameters,
        tags=[TAG],
        work_pool_name=WORK_POOL,
        job_variables={"stream_output": True},  # in place of those of earlier versions; an empty dict leaves them
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    assert isinstance(made, RunnerDeployment)  # a coroutine under a running event loop, and there is none
    made.model_fields_set.discard("schedules")  # no schedules are no change, where an empty list deletes them
    identity = made.apply()
    assert isinstance(identity, UUID)
    return identity


def _add_schedules(client: SyncPrefectClient, deployment: UUID, declared: tuple[DeploymentScheduleCreate, ...]) -> None:
    held = {schedule.slug: schedule for schedule in client.read_deployment_schedules(deployment)}
    for schedule in declared:
        known = held.get(schedule.slug)
        if known is None:
            body = [schedule.model_dump(mode="json", exclude_unset=True)]
            client.request("POST", "/deployments/{id}/schedules", path_params={"id": deployment}, json=body)
        elif schedule.parameters and not known.parameters:  # of an earlier version, where the form's defaults held them
            client.update_deployment_schedule(deployment, known.id, parameters=schedule.parameters)
