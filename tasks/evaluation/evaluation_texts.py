"""The texts of evaluation sets at hand, to keep them out of what models are trained on."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from tasks.evaluation import bioasq, pubmedqa
from tasks.evaluation.read_json import read_object

TEXT_SCHEMA = {"key": pl.String, "text": pl.String}


def read_evaluation_texts(paths: Sequence[str]) -> pl.DataFrame:
    """Return key and text of every question, context and answer in files of PubMedQA or BioASQ.

    Raises:
        BioasqError, PubMedQaError: a file is neither.
    """
    found = [pl.DataFrame(schema=TEXT_SCHEMA)]
    for path in map(Path, paths):
        if "questions" in read_object(path, pubmedqa.PubMedQaError):
            found.append(bioasq.evaluation_texts(bioasq.read_questions(path).rows))
        else:
            found.append(pubmedqa.evaluation_texts(pubmedqa.read_items(path)))
    return pl.concat([texts.select(pl.col("key").cast(pl.String), "text") for texts in found])
