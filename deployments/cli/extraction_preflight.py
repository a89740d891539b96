"""Check the options of an extraction or an annotation before anything is started."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from deployments.cli.preflight import change_settings, language_model_fields, validated
from flows.extraction_parameters import Annotation, Extraction
from mesh.branch import find_branch
from tasks.errors import DistilleryError
from tasks.extraction.student.folder import check_precision, check_student
from tasks.extraction.student.settings import StudentSettings
from tasks.literature.sources import check_sources
from tasks.vocabulary.vocabulary import find_vocabulary


def checked_extraction(
    options: dict[str, Any], asked: dict[str, Any], model: dict[str, str | None], changes: Sequence[str]
) -> Extraction:
    """Return an extraction's parameters: task and branch known, sources and gold there, server answering.

    Args:
        asked: fields of the teacher.
        model: fields of its language model that are given.
        changes: of the student's settings, such as ``head=linear``.

    Raises:
        BadParameter, DistilleryError: what is wrong with an option.
    """
    student = StudentSettings().model_dump(mode="json")
    change_settings(student, changes)
    teacher = {**asked, "language_model": language_model_fields(model)}
    parameters = validated(Extraction, {**options, "teacher": teacher, "student": student})
    try:
        parameters.declared()
    except DistilleryError as error:
        hint = "--pre-filter" if "pre-filter" in str(error) else "--task"
        raise typer.BadParameter(str(error), param_hint=hint) from error
    parameters.read_gold()
    check_sources(parameters.source)
    if parameters.branch:
        find_branch(find_vocabulary(parameters.mesh_year).hierarchy(), parameters.branch)
    parameters.resolved()
    return parameters


def checked_annotation(options: dict[str, Any]) -> Annotation:
    """Return an annotation's parameters: student and sources there.

    Raises:
        BadParameter, DistilleryError: what is wrong with an option.
    """
    parameters = validated(Annotation, options)
    check_student(Path(parameters.student))
    check_precision(Path(parameters.student), parameters.precision)
    check_sources(parameters.source)
    if parameters.branch:
        find_branch(find_vocabulary(parameters.mesh_year).hierarchy(), parameters.branch)
    return parameters
