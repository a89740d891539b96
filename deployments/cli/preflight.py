"""Check a command's options before anything is started, so that a mistake costs seconds."""

from typing import Any

from flows.parameters import Distillation
from mesh.branch import find_branch
from mesh.hierarchy import load_hierarchy
from tasks.literature.sources import check_sources
from tasks.questions.generator import default_generators


def checked_parameters(options: dict[str, Any], urls: list[str]) -> Distillation:
    """Return the run's parameters: sources there, branch known, servers answering.

    With URLs, generators take them in turn and answers come from the first.

    Raises:
        SourceError, UnknownBranchError, EndpointError: what is wrong with an option.
    """
    parameters = Distillation(**options)
    check_sources(parameters.source)
    find_branch(load_hierarchy(), parameters.branch)
    if urls:
        parameters = served_by(parameters, urls)
    parameters.resolved()
    return parameters


def served_by(parameters: Distillation, urls: list[str]) -> Distillation:
    """Return the parameters with every model behind one of ``urls``."""
    generators = [
        generator.model_copy(update={"language_model": generator.language_model.model_copy(update={"url": url})})
        for place, generator in enumerate(default_generators())
        for url in [urls[place % len(urls)]]
    ]
    model = parameters.answerer.language_model.model_copy(update={"url": urls[0]})
    answerer = parameters.answerer.model_copy(update={"language_model": model})
    return parameters.model_copy(update={"generators": generators, "answerer": answerer})
