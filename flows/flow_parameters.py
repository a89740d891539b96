"""What the parameters of every flow can do: check themselves before a run, and say which language models they name.

A flow checks its parameters when it begins, the command line before it starts anything: so a run from a form, from a
schedule and from a command is refused for the same reasons, and with the same words.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel

from mesh.branch import find_branch
from tasks.assets.model_files import MODELS, is_path
from tasks.errors import DistilleryError
from tasks.literature.sources import PUBMED, check_sources
from tasks.literature.wanted import Wanted
from tasks.logger import logger
from tasks.serving.adapter_base import check_bases
from tasks.serving.model import LanguageModel
from tasks.tuning.base import with_its_base
from tasks.vocabulary.vocabulary import find_vocabulary

GGUF = b"GGUF"


class SettingError(DistilleryError):
    """A setting can not be what it is. ``setting`` names it, as in ``teacher.pre_filter``."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(problem)
        self.setting = setting


@contextmanager
def fault_of(setting: str) -> Iterator[None]:
    """Make an expected failure within one of a setting.

    Raises:
        SettingError: for it.
    """
    try:
        yield
    except DistilleryError as error:
        raise SettingError(setting, str(error)) from error


class FlowParameters(BaseModel):
    """The parameters of a flow."""

    if TYPE_CHECKING:  # each declares it where it stands in its form
        root: str | None

    @abstractmethod
    def check(self) -> None:
        """Check what can be checked in seconds and without writing anything: files, names, servers.

        Raises:
            SettingError: a setting is wrong in itself.
            DistilleryError, UnknownBranchError: what a setting names is not there, is none, or does not answer.
        """

    def language_models(self) -> list[LanguageModel]:
        """Return every language model that the parameters name, in the order in which they do."""
        return [model for _, model in self._placed_models()]

    def _placed_models(self) -> list[tuple[str, LanguageModel]]:
        """Return every language model with its place, such as generators.0.language_model."""
        found: list[tuple[str, LanguageModel]] = []

        def note(place: str, model: LanguageModel) -> LanguageModel:
            found.append((place, model))
            return model

        _changed(self, "", note)
        return found

    def with_models(self, change: Callable[[LanguageModel], LanguageModel]) -> Self:
        """Return the parameters with each language model changed."""
        changed: Self = _changed(self, "", lambda _, model: change(model))
        return changed

    def with_bases(self) -> Self:
        """Return the parameters with each adapter that is given alone on the model that it was trained on.

        Raises:
            SettingError: an adapter is none, or does not say what it was trained on.
        """

        def based(place: str, model: LanguageModel) -> LanguageModel:
            with fault_of(f"{place}.adapter"):
                return with_its_base(model)

        changed: Self = _changed(self, "", based)
        return changed

    def check_models(self) -> None:
        """Check that models and adapters in folders are such, and each adapter of the model that it goes onto.

        Raises:
            SettingError: a folder holds something else.
            AdapterError: an adapter is of another model.
        """
        for place, model in self._placed_models():
            if model.url is None:
                _check_folders(place, model)
        for model in self.with_bases().language_models():
            if model.url is None:
                check_bases(model)


def check_literature(source: list[str], branch: str | None, mesh_year: int | None) -> None:
    """Check that sources are there and that the branch, where one is named, is known.

    Raises:
        DistilleryError, UnknownBranchError: they are not.
    """
    check_sources(source)
    if branch:
        find_branch(find_vocabulary(mesh_year).hierarchy(), branch)


def say_what_narrows(source: list[str], wanted: Wanted) -> None:
    """Log what days, languages and publication types do where a source is read whole: articles are chosen by them."""
    whole = [each for each in source if each != PUBMED]
    if whole and not wanted.holds_for_all:
        logger.info(
            "days, languages and publication types narrow what is taken of %s: it is read whole, and articles that do "
            "not fit are left out",
            ", ".join(whole),
        )


def _changed(value: Any, place: str, change: Callable[[str, LanguageModel], LanguageModel]) -> Any:  # noqa: ANN401
    """Return a value with the language models in it changed; what holds none is returned as it is."""
    if isinstance(value, LanguageModel):
        return change(place, value)
    if isinstance(value, BaseModel):
        fields = {name: getattr(value, name) for name in type(value).model_fields}
        changed = {name: _changed(each, _below(place, name), change) for name, each in fields.items()}
        update = {name: each for name, each in changed.items() if each is not fields[name]}
        return value.model_copy(update=update) if update else value
    if isinstance(value, list | tuple):
        entries = [_changed(each, _below(place, str(number)), change) for number, each in enumerate(value)]
        same = all(new is old for new, old in zip(entries, value, strict=True))
        return value if same else type(value)(entries)
    return value


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _check_folders(place: str, model: LanguageModel) -> None:
    if model.adapter is not None:
        _check_folder(f"{place}.adapter", model.adapter, "adapter_config.json", "a PEFT adapter")
    path = Path(model.model).expanduser()
    if path.is_file() and _is_gguf(path):
        return
    if not path.exists() and is_path(model.model):
        raise SettingError(f"{place}.model", f"{model.model} is not there; {MODELS}")
    if path.is_dir() or model.model.startswith((".", "/", "~")):
        _check_folder(f"{place}.model", model.model, "config.json", "a model")


def _check_folder(setting: str, folder: str, config: str, what: str) -> None:
    path = Path(folder).expanduser()
    if not ((path / config).is_file() and any(path.glob("*.safetensors"))):
        raise SettingError(setting, f"{folder} is not {what}; expected a folder with {config} and a .safetensors file")


def _is_gguf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(GGUF)) == GGUF
