"""Export a student to ONNX: a folder that runs without PyTorch's weights, and finds the same."""

import os
from pathlib import Path
from shutil import copyfile, rmtree

from safetensors import SafetensorError

from tasks.errors import DistilleryError
from tasks.extraction.student.files import CARD, load_student
from tasks.extraction.student.model import StudentConfig
from tasks.extraction.student.onnx.agreement import largest_difference
from tasks.extraction.student.onnx.folder import ENCODER, RELATE, check_installed, is_onnx
from tasks.extraction.student.onnx.graphs import write_graphs
from tasks.extraction.student.onnx.student import load_onnx_student

CONFIG = "config.json"
TOLERANCE = 1e-3
"""Of a logit. What is measured is a thousandth of it: 32-bit sums in another order."""


def export_onnx(student_folder: Path, into: Path) -> Path:
    """Write a student as ONNX, whole or not at all, and check that it answers as before.

    The folder has ``encoder.onnx`` (input_ids, attention_mask -> hidden, tags, sentence), ``relate.onnx`` where the
    student has an anchor (hidden, anchors -> event_tags), configuration, tokenizer and model card.

    Args:
        into: the folder to write; an exported student that lies there is replaced, nothing else is.

    Returns:
        ``into``, as an absolute path.

    Raises:
        DistilleryError: an extra is not installed, there is no whole student, ``into`` holds something else, PyTorch
            can not export the encoder, or the graphs differ from the student by ``TOLERANCE``.
    """
    check_installed("onnx", "onnxscript", "onnxruntime")
    into = into.resolve()
    _check_free(into)
    unfinished = into.with_name(f"{into.name}.tmp-{os.getpid()}")
    unfinished.mkdir(parents=True, exist_ok=True)
    try:
        _write(student_folder, unfinished)
        rmtree(into, ignore_errors=True)
        unfinished.rename(into)
    finally:
        rmtree(unfinished, ignore_errors=True)
    return into


def _check_free(into: Path) -> None:
    if is_onnx(into) or not into.exists() or (into.is_dir() and not any(into.iterdir())):
        return
    raise DistilleryError(f"{into} is there already and is no exported student; name another folder")


def _write(student_folder: Path, folder: Path) -> None:
    if is_onnx(student_folder):
        raise DistilleryError(f"{student_folder} is exported already; name the student that it was made of")
    try:
        student, tokenizer = load_student(student_folder)
    except (OSError, SafetensorError) as error:
        said = " ".join(str(error).split())
        raise DistilleryError(f"{student_folder} holds no whole student: {said}") from error
    student.float().cpu()  # onnxruntime has no bfloat16 on CPUs
    write_graphs(folder, student)
    copyfile(student_folder / CONFIG, folder / CONFIG)
    tokenizer.save_pretrained(folder)
    difference = largest_difference(student, load_onnx_student(folder)[0], tokenizer)
    if not difference < TOLERANCE:  # so that NaN is told, too
        raise DistilleryError(
            f"the graphs of {student_folder} differ from it by {difference:.2g} in a logit, more than {TOLERANCE:g}; "
            "nothing is written"
        )
    card = student_folder / CARD
    before = card.read_text(encoding="utf-8") if card.is_file() else ""
    (folder / CARD).write_text(before + _card(student.config, difference), encoding="utf-8")


def _card(config: StudentConfig, difference: float) -> str:
    """Return what a model card says of the graphs, in Markdown."""
    related = [f"- `{RELATE}`: hidden (batch, tokens, dimensions) and anchors (batch, anchors, tokens), the weight of "
               f"each token in the mean of each {config.anchor} -> event_tags (batch, anchors, tokens, 3)"]  # fmt: skip
    return "\n".join(
        [
            "",
            "## ONNX",
            "",
            "These files are the student as ONNX; tags, event_tags and sentence are logits:",
            "",
            f"- `{ENCODER}`: input_ids and attention_mask (batch, tokens) -> hidden (batch, tokens, dimensions), tags "
            "(batch, tokens, tags), sentence (batch, labels)",
            *(related if config.anchor is not None else []),
            "",
            f"On a sample batch the largest difference of a logit from PyTorch's was {difference:.1g}. "
            "Load them with `load_onnx_student` of `tasks.extraction.student.onnx.student` in place of `load_student`.",
            "",
        ]
    )
