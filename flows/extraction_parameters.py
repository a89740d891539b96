"""What an extraction or an annotation is asked to do: the forms in the Prefect UI and the commands' options."""

from pathlib import Path

from pydantic import ConfigDict, Field, model_validator

from flows.flow_parameters import FlowParameters, SettingError, check_literature, fault_of, say_what_narrows
from flows.parameters import MESH_YEAR, ROOT, SOURCES, check_askable
from tasks.extraction.declaration import ExtractionTask
from tasks.extraction.examples import check_examples
from tasks.extraction.find_task import find_task
from tasks.extraction.gold import Gold
from tasks.extraction.pool import Pool
from tasks.extraction.student.folder import check_precision, check_student
from tasks.extraction.student.settings import Precision, StudentSettings
from tasks.extraction.teacher import Teacher
from tasks.literature.sources import PUBMED
from tasks.literature.wanted import Wanted
from tasks.network.address import OpenText
from tasks.serving.endpoint import resolve
from tasks.serving.engine import EngineSettings
from tasks.serving.spending import Limits


class Extraction(FlowParameters):
    """Distil a teacher into a small student that extracts."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, title="Extraction")

    task: str = Field(
        default="ade",
        title="Task",
        description="ade: drugs and their adverse events; gda: gene-disease association; phi: personal data; or "
        "package.module:NAME of one of your own.",
    )
    branch: str | None = Field(
        default=None, title="MeSH branch", description="Of the articles; empty: all of them. Needed for PubMed."
    )
    articles: int = Field(
        default=500,
        ge=1,
        title="Articles",
        description="How many of the branch to sample; without a branch all are read.",
    )
    source: list[OpenText] = Field(default=["sample"], min_length=1, title="Sources", description=SOURCES)
    wanted: Wanted = Field(default=Wanted(), title="Articles wanted")
    mesh_year: int | None = Field(default=None, title="MeSH year", description=MESH_YEAR)
    pool: Pool = Field(default=Pool(), title="Sentences")
    teacher: Teacher = Field(default=Teacher(), title="Teacher")
    student: StudentSettings = Field(default=StudentSettings(), title="Student")
    gold: list[str] = Field(
        default=[],
        title="Gold corpus",
        description="Files or folder of the task's gold corpus to judge the student by (ADE-corpus-V2 or SpERT's folds "
        "of it, GAD, Presidio). No sentence is taken from its articles. Empty: the student is judged by held-out "
        "labels of the teacher.",
    )
    teacher_gold: int = Field(
        default=300,
        ge=0,
        title="Gold sentences for the teacher",
        description="So many gold sentences are labelled by the teacher, too, and it is judged beside the student.",
    )
    engine: EngineSettings = Field(default=EngineSettings(), title="vLLM, where the run starts it")
    limits: Limits = Field(default=Limits(), title="Limits and prices")
    dry_run: int | None = Field(
        default=None,
        ge=1,
        title="Dry run",
        description="So many of the sentences alone go through the stages; shows what comes out, and says how long "
        "and how much the whole run will take. Only tables are written, which the whole run takes up. Empty: all.",
    )
    root: OpenText | None = Field(default=None, title="Root", description=ROOT)

    @model_validator(mode="after")
    def _a_search_is_narrowed(self) -> "Extraction":
        check_narrowed(self.source, self.branch, self.wanted)
        check_askable(self.source, self.wanted)
        return self

    def check(self) -> None:
        """Check task, gold, sources, branch, and the teacher's model or server; see ``FlowParameters.check``."""
        self.declared()
        self.read_gold()
        check_literature(self.source, self.branch, self.mesh_year)
        say_what_narrows(self.source, self.wanted)
        self.check_models()
        self.resolved()

    def declared(self) -> ExtractionTask:
        """Return the task.

        Raises:
            SettingError: there is none of this name, or none that can be pre-filtered where that is asked for.
        """
        with fault_of("task"):
            task = find_task(self.task)
        if self.teacher.pre_filter and task.question.whether is None:
            problem = f"the task {self.task} has no question by yes or no; leave the pre-filter out"
            raise SettingError("teacher.pre_filter", problem)
        return task

    def read_gold(self) -> Gold | None:
        """Return the gold corpus, None where none is named.

        Raises:
            DistilleryError: a file is missing or none of the task's format, or its reader gives no examples of it.
        """
        if not self.gold:
            return None
        task = self.declared()
        gold = task.read_gold([Path(path) for path in self.gold])
        check_examples(gold.examples, task.form.schema)
        return gold

    def resolved(self) -> "Extraction":
        """Return the parameters with nothing left open about the teacher's model.

        Raises:
            EndpointError: its server does not answer, or serves other models.
        """
        return self.with_bases().with_models(resolve)

    @property
    def label(self) -> str:
        """What a run with these parameters is called."""
        tried = "" if self.dry_run is None else f"dry run of {self.dry_run} of "
        return f"{self.task}, {tried}{self.pool.sentences} sentences of {self.branch or 'all articles'}"


class Annotation(FlowParameters):
    """Have a student annotate articles."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, title="Annotation")

    student: str = Field(title="Student", description="A folder that an extraction or an export to ONNX ended with.")
    branch: str | None = Field(
        default=None,
        title="MeSH branch",
        description="Only articles with a heading in it. Empty: all, those that are not indexed yet among them.",
    )
    precision: Precision = Field(
        default="float32",
        title="Precision",
        description="bfloat16 takes half of the time where the hardware computes in it; few finds differ.",
    )
    newest: int | None = Field(default=None, ge=1, title="Newest", description="Of these, so many; empty: all.")
    source: list[OpenText] = Field(default=["sample"], min_length=1, title="Sources", description=SOURCES)
    wanted: Wanted = Field(default=Wanted(), title="Articles wanted")
    mesh_year: int | None = Field(default=None, title="MeSH year", description=MESH_YEAR)
    root: OpenText | None = Field(default=None, title="Root", description=ROOT)

    @property
    def label(self) -> str:
        """What a run with these parameters is called."""
        return f"{Path(self.student).name}, {self.branch or 'all articles'} of {', '.join(self.source)}"

    def check(self) -> None:
        """Check student, precision, sources and branch; see ``FlowParameters.check``."""
        student = Path(self.student)
        check_student(student)
        check_precision(student, self.precision)
        check_literature(self.source, self.branch, self.mesh_year)
        say_what_narrows(self.source, self.wanted)

    @model_validator(mode="after")
    def _a_search_is_narrowed(self) -> "Annotation":
        check_narrowed(self.source, self.branch, self.wanted)
        check_askable(self.source, self.wanted)
        return self


def check_narrowed(source: list[str], branch: str | None, wanted: Wanted) -> None:
    """Check that a search of PubMed asks for something.

    Raises:
        ValueError: it would be for everything.
    """
    if PUBMED in source and not (branch or wanted.query or wanted.since):
        raise ValueError(
            "name a branch, a query or a first day to search PubMed for; all of it is the source baseline:"
        )
