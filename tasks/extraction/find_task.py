"""Extraction tasks by name."""

from importlib import import_module

from tasks.errors import DistilleryError
from tasks.extraction.built_in import BUILT_IN
from tasks.extraction.declaration import ExtractionTask


def find_task(name: str) -> ExtractionTask:
    """Return a built-in task, or one of your own: ``package.module:NAME``.

    Raises:
        DistilleryError: there is no such task.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    module, separator, attribute = name.partition(":")
    expected = f"expected {', '.join(BUILT_IN)}, or package.module:NAME of one of your own"
    if not separator:
        raise DistilleryError(f"there is no extraction task {name!r}; {expected}")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise DistilleryError(f"the extraction task {name!r} can not be imported ({error}); {expected}") from error
    if not isinstance(found, ExtractionTask):
        raise DistilleryError(f"{name} is a {type(found).__name__} and no ExtractionTask; {expected}")
    return found
