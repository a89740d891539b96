"""GAD: sentences in which a gene and a disease, both masked, are associated (1) or not (0).

Source: Bravo et al. (2015), https://doi.org/10.1186/s12859-015-0472-9; split into ten folds for BioBERT, Lee et al.
(2020), https://doi.org/10.1093/bioinformatics/btz682. The files name no articles: a sentence is its own group.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tasks.errors import DistilleryError
from tasks.extraction.examples import GDA_SCHEMA, gda_example
from tasks.extraction.gold import Gold, one_per_sentence
from tasks.extraction.read_lines import read_lines

HEADER = ["index", "sentence", "label"]
MASKS = ("@GENE$", "@DISEASE$")


class GadError(DistilleryError):
    """A file is none of GAD's; the message names file and line and says what was expected."""


def read_gad(paths: Sequence[Path]) -> Gold:
    """Read files such as ``train.tsv`` (sentence, label) and ``dev.tsv`` (a header; index, sentence, label) as one.

    A sentence without masked gene or disease is refused. Read apart, train and dev share sentences, which have the same
    ``example_id`` in both.

    Returns:
        Examples as in ``GDA_SCHEMA``, in the files' order; keys read ``train.tsv line 3``.

    Raises:
        GadError: a file is missing, empty or not of this format.
    """
    read: list[tuple[str, dict[str, Any]]] = []
    refused: list[tuple[str, str]] = []
    for path in paths:
        for key, text, label in _read_file(path):
            missing = [mask for mask in MASKS if mask not in text]
            if missing:
                refused.append((key, f"no {' and no '.join(missing)} in the sentence"))
            else:
                read.append((key, gda_example(text, label)))
    return one_per_sentence(read, refused, GDA_SCHEMA)


def _read_file(path: Path) -> Iterator[tuple[str, str, int]]:
    """Yield key, sentence and label."""
    lines = read_lines(path, GadError)
    columns = HEADER if lines[0].split("\t") == HEADER else HEADER[1:]
    for number, line in enumerate(lines, start=1):
        if number == 1 and columns == HEADER:
            continue
        fields = line.split("\t")
        if len(fields) != len(columns) or fields[-1] not in ("0", "1") or not fields[-2].strip():
            raise GadError(f"{path} line {number}: expected {', '.join(columns)} (0 or 1) with tabs between them")
        yield f"{path.name} line {number}", fields[-2], int(fields[-1])
