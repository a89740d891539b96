"""What a run is asked to do: the form in the Prefect UI and the options of the command line."""

from pydantic import ConfigDict, Field, field_validator, model_validator
from upath import UPath

from flows.flow_parameters import FlowParameters, SettingError, check_literature, fault_of, say_what_narrows
from tasks.answers.answerer import Answerer
from tasks.answers.gates.settings import AnswerGates
from tasks.dataset.settings import Records
from tasks.kinds import Kind
from tasks.literature.sources import PUBMED
from tasks.literature.wanted import Wanted
from tasks.logger import logger
from tasks.network.address import OpenText
from tasks.preference.evaluator import Evaluator
from tasks.preference.rule import PreferenceRule
from tasks.questions.gates.settings import Gates
from tasks.questions.generator import Generator, default_generators
from tasks.questions.kind_draw import KindDraw, KindShares
from tasks.questions.named_generators import UnknownGeneratorError, named_generator
from tasks.retrieval.search import Retrieval
from tasks.root import usable_root
from tasks.serving.endpoint import resolve, served_models
from tasks.serving.engine import EngineSettings
from tasks.serving.model import EMBEDDED_MODEL
from tasks.serving.spending import Limits

DEFAULT_BRANCH = "Neoplasms"
DEFAULT_ARTICLES = 48


SOURCES = (
    "Files of PubMed XML or MEDLINE format (.nbib), or folders of them, where the worker runs; 'sample' for the two "
    "embedded ones, 'pubmed' for a search of PubMed for the branch, 'pmids:' with a file that lists PMIDs, or "
    "'baseline:' with a folder or URL of NLM's baseline and update files (where none is named, its own server: about "
    "50 GB). Where an article stands in several, the later one counts."
)
MESH_YEAR = "The shipped 2024 where empty; another year once `distillery mesh update --year` has fetched it."
ROOT = "Folder of the tables. Empty: DISTILLERY_ROOT, or ./data."


class Harvesting(FlowParameters):
    """Bring articles into the tables."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, title="Harvest")

    source: list[OpenText] = Field(default=["sample"], min_length=1, title="Sources", description=SOURCES)
    branch: str | None = Field(
        default=None, title="MeSH branch", description="What PubMed is searched for: a tree number, a UI or a name."
    )
    wanted: Wanted = Field(default=Wanted(), title="Articles wanted")
    mesh_year: int | None = Field(default=None, title="MeSH year", description=MESH_YEAR)
    licences: bool = Field(
        default=False, title="Licences", description="Ask PMC for the licence of every article that it holds."
    )
    root: OpenText | None = Field(default=None, title="Root", description=ROOT)

    @model_validator(mode="after")
    def _a_search_is_narrowed(self) -> "Harvesting":
        searches = PUBMED in self.source
        if searches and not (self.branch or self.wanted.query):
            raise ValueError("name a branch or a query to search PubMed for; all of PubMed is the source baseline:")
        if not searches and (self.branch or self.wanted != Wanted()):
            raise ValueError(
                "a branch and what narrows it are for the source pubmed; other sources are harvested whole, and a "
                "distillation takes what it wants of them"
            )
        return self

    @property
    def label(self) -> str:
        """What a run with these parameters is called."""
        return ", ".join([*self.source, *([self.branch] if self.branch else [])])

    def check(self) -> None:
        """Check that sources are there and the branch is known; see ``FlowParameters.check``."""
        check_literature(self.source, self.branch, self.mesh_year)


class Distillation(FlowParameters):
    """Distil one MeSH branch into a dataset."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, title="Distillation")

    branch: str = Field(
        default=DEFAULT_BRANCH,
        title="MeSH branch",
        description="A tree number (C04.588), a UI (D009369) or a name (Neoplasms).",
        min_length=1,
    )
    articles: int = Field(
        default=DEFAULT_ARTICLES, ge=1, title="Articles", description="How many articles of the branch to sample."
    )
    source: list[OpenText] = Field(default=["sample"], min_length=1, title="Sources", description=SOURCES)
    wanted: Wanted = Field(default=Wanted(), title="Articles wanted")
    mesh_year: int | None = Field(default=None, title="MeSH year", description=MESH_YEAR)
    seed: int = Field(default=0, title="Seed", description="Decides which of equally placed articles are sampled.")
    generators: list[Generator] = Field(
        default=list(default_generators()),
        min_length=1,
        title="Generators",
        description="Their questions compete. Preference pairs are written under the first one's prompt. A generator "
        "asks kinds that its prompt is not for under a built-in one.",
    )
    named_generators: list[str] = Field(
        default=[],
        title="Generators by name",
        description="In place of those above: 'researcher', 'clinician', or names that trainings saved, each once.",
        json_schema_extra={"uniqueItems": True},
    )
    kinds: KindShares = Field(
        default={Kind.YES_NO: 1.0},
        title="Kinds of questions",
        description="The share of the articles that each kind is asked of; which ones is drawn by PMID and seed.",
    )
    questions: int = Field(
        default=1,
        ge=1,
        title="Questions of each article",
        description="How many each generator asks; several are sampled.",
    )
    temperature: float | None = Field(
        default=None,
        ge=0,
        title="Temperature",
        description="Of the generators. Empty: their own, and 0.9 where several questions would all be the same.",
    )
    gates: Gates = Field(default=Gates(), title="Gates")
    retrieval: Retrieval = Field(default=Retrieval(), title="Retrieval")
    preference: PreferenceRule = Field(default=PreferenceRule(), title="Preference")
    evaluator: Evaluator | None = Field(
        default=None,
        title="Evaluator",
        description="Trained by `distillery train evaluator`; its verdicts decide in place of the MeSH score.",
    )
    answerer: Answerer = Field(default=Answerer(), title="Answers")
    answer_gates: AnswerGates = Field(
        default=AnswerGates(), title="Gates of answers", description="What an answer has to be to stand in the dataset."
    )
    records: Records = Field(default=Records(), title="Records of the dataset")
    engine: EngineSettings = Field(default=EngineSettings(), title="vLLM, where the run starts it")
    limits: Limits = Field(default=Limits(), title="Limits and prices")
    dry_run: int | None = Field(
        default=None,
        ge=1,
        title="Dry run",
        description="So many of the articles alone go through the stages; shows what comes out, and says how long "
        "and how much the whole run will take. Only tables are written, which the whole run takes up. Empty: all.",
    )
    root: OpenText | None = Field(default=None, title="Root", description=ROOT)

    @field_validator("generators")
    @classmethod
    def _names_differ(cls, generators: list[Generator]) -> list[Generator]:
        names = [generator.name for generator in generators]
        if len(set(names)) < len(names):
            raise ValueError(f"generators need different names, got {', '.join(names)}")
        return generators

    @field_validator("named_generators")
    @classmethod
    def _each_once(cls, names: list[str]) -> list[str]:
        return list(dict.fromkeys(names))

    @model_validator(mode="after")
    def _pubmed_is_asked(self) -> "Distillation":
        check_askable(self.source, self.wanted)
        return self

    def check(self) -> None:
        """Check sources, branch, generators, adapters and servers; see ``FlowParameters.check``."""
        check_literature(self.source, self.branch, self.mesh_year)
        say_what_narrows(self.source, self.wanted)
        asked = self.with_generators()
        asked.check_models()
        asked._check_evaluator()
        asked._say_whose_prompts()
        with fault_of("records.tokenizer"):
            asked.records.check()
        asked.resolved().model_names()

    def with_generators(self) -> "Distillation":
        """Return the parameters with those generators that are given by name in place of the others.

        Raises:
            SettingError: there is none of such a name.
        """
        if not self.named_generators:
            return self
        root = UPath(usable_root(self.root))
        try:
            named = [named_generator(root, name) for name in self.named_generators]
        except UnknownGeneratorError as error:
            raise SettingError("named_generators", str(error)) from error
        return self.model_copy(update={"generators": named, "named_generators": []})

    def resolved(self) -> "Distillation":
        """Return the parameters with nothing left open: models as their servers name them, one generator per kind of
        questions and draw, and what the machine decides.

        Raises:
            EndpointError: a server named by URL does not answer, or serves other models.
            SettingError: no generator has such a name, or an adapter given alone does not say what it was trained on.
        """
        asked = self.with_generators().with_bases().with_models(resolve)
        asking = {(each.name, kind): each.asking(kind) for kind in self.kind_draw.kinds for each in asked.generators}
        asking |= {(each.name, each.kind): each for each in asked.generators if each.kind in self.kind_draw.kinds}
        draws = [draw for each in asking.values() for draw in each.each_draw(self.questions, self.temperature)]
        settled = {"questions": 1, "temperature": None, "retrieval": self.retrieval.resolved()}
        return asked.model_copy(update={**settled, "generators": draws})

    @property
    def kind_draw(self) -> KindDraw:
        """Which kind of question each article is asked."""
        return KindDraw(self.kinds, self.seed)

    def policy(self, resolved: "Distillation") -> Generator:
        """Return the generator that preferences are for: the first, whose model is called as its server calls it.

        It asks the kind that its prompt is for, or the first of those that the run asks.

        Args:
            resolved: these parameters with nothing left open.
        """
        first = self.with_generators().with_bases().generators[0]
        first = first if first.kind in self.kind_draw.kinds else first.asking(self.kind_draw.kinds[0])
        if first.language_model.url is None:
            return first
        return first.model_copy(update={"language_model": resolved.generators[0].language_model})

    def first_of_each_kind(self) -> list[Generator]:
        """Return the first generator of each kind of questions, of parameters with nothing left open."""
        firsts = {each.kind: each for each in reversed(self.generators)}
        return [firsts[kind] for kind in self.kind_draw.kinds]

    def model_names(self) -> list[str]:
        """Return every language model of the run as name@revision, each once."""
        identities = [model.identity() for model in self.language_models()]
        return list(dict.fromkeys(f"{identity['model']}@{identity['revision'] or 'main'}" for identity in identities))

    def _say_whose_prompts(self) -> None:
        """Say which kinds a generator asks under a prompt that nobody gave it."""
        given = [each for each in self.generators if each not in default_generators()]
        for each in given:
            others = [kind for kind in self.kind_draw.kinds if kind != each.kind]
            if others:
                logger.info(
                    "%s has a prompt for %s questions; it asks %s ones under a built-in prompt",
                    each.name,
                    each.kind,
                    " and ".join(others),
                )

    def _check_evaluator(self) -> None:
        """A generator may be any model of a server's, an evaluator is the one that was trained."""
        model = None if self.evaluator is None else self.evaluator.language_model
        if model is None or model.url is None or model.model != EMBEDDED_MODEL:
            return
        served = served_models(model.url)
        if len(served) > 1:
            raise SettingError(
                "evaluator.language_model",
                f"{model.url} serves {', '.join(served)}; start a server of the evaluator alone, or name its model "
                "(evaluator.language_model.model)",
            )


def check_askable(source: list[str], wanted: Wanted) -> None:
    """Check that what only PubMed can be asked stands beside a search of it; dates, languages and types hold for all.

    Raises:
        ValueError: it does not.
    """
    if PUBMED not in source and (wanted.query or wanted.major_only or wanted.qualifiers):
        raise ValueError(
            "a query, major topics and subheadings are what PubMed is asked, and the sources here are read whole; name "
            "the source pubmed, or narrow by days, languages and publication types, by which articles are chosen"
        )
