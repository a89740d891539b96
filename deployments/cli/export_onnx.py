"""``distillery export-onnx``: a student for onnxruntime."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def export_onnx(
    model: Annotated[Path, typer.Option(help="The student: a folder that `distillery extract` ended with.")],
    into: Annotated[
        Path | None, typer.Option(help="The folder to write; without, the student's with -onnx behind its name.")
    ] = None,
) -> None:
    """Export a student to ONNX and check that it answers as before.

    Needs the extra `onnx`. `distillery annotate --model` takes the folder as it takes the student's.

    Example: `distillery export-onnx --model data/students/…`
    """
    from tasks.extraction.student.folder import check_student

    check_student(model)
    from tasks.extraction.student.onnx.export import export_onnx as export  # takes seconds to import

    student = model.resolve()
    folder = export(student, into or student.with_name(f"{student.name}-onnx"))
    Console(highlight=False, soft_wrap=True, markup=False).print(f"onnx: {folder}")
