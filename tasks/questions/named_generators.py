"""Generators by name: those built in, and those that trainings saved below a root."""

from upath import UPath

from tasks.errors import DistilleryError
from tasks.questions.generator import Generator, default_generators
from tasks.store.atomic import write_text

FOLDER = "generators"


class UnknownGeneratorError(DistilleryError):
    """No generator has this name; the message lists those there are."""


def save_generator(root: UPath, generator: Generator) -> None:
    """Make a generator known by its name to every run over this root; one of the same name is replaced.

    Raises:
        DistilleryError: the name is that of a built-in generator.
    """
    if generator.name in _built_in():
        raise DistilleryError(f"{generator.name} is a built-in generator; save yours under another name")
    path = _path(root, generator.name)
    write_text(path, generator.model_dump_json(indent=2) + "\n")


def named_generator(root: UPath, name: str) -> Generator:
    """Return a built-in or saved generator.

    Raises:
        UnknownGeneratorError: there is none of this name, or its file can not be read.
    """
    found = _built_in().get(name)
    if found is not None:
        return found
    path = _path(root, name)
    if not path.exists():
        known = ", ".join(generator_names(root))
        raise UnknownGeneratorError(f"there is no generator {name!r} below {root}; there are {known}")
    try:
        return Generator.model_validate_json(path.read_text())
    except (OSError, ValueError) as error:
        raise UnknownGeneratorError(f"{path} holds no generator; train it anew") from error


def generator_names(root: UPath) -> list[str]:
    """Return the names of all generators there are, the built-in ones first."""
    folder = root / FOLDER
    saved = sorted(path.stem for path in folder.iterdir() if path.suffix == ".json") if folder.exists() else []
    return [*_built_in(), *saved]


def _built_in() -> dict[str, Generator]:
    return {generator.name: generator for generator in default_generators()}


def _path(root: UPath, name: str) -> UPath:
    return root / FOLDER / f"{name}.json"
