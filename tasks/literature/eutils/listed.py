"""A list of PMIDs: read from a file, and planned to be fetched."""

import re
from pathlib import Path

from tasks.literature.source_text import SourceError, opened_source, utf8_chunks

PMID = re.compile(r"0*([1-9]\d{0,8})")
APART = re.compile(r"[\s,;]+")
TITLES = ("pmid", "pmids")


def read_pmids(path: Path) -> tuple[int, ...]:
    """Return the PMIDs in a file, apart by lines, blanks, commas or semicolons, in order and each once.

    A first word ``PMID`` is a column's title.

    Raises:
        SourceError: something else stands there, or nothing does; the message names the line.
    """
    with opened_source(path) as stream:
        text = b"".join(utf8_chunks(stream, str(path))).decode("utf-8-sig", errors="replace")
    found: dict[int, None] = {}
    first = True
    for number, line in enumerate(text.splitlines(), 1):
        for word in filter(None, APART.split(line)):
            match = PMID.fullmatch(word)
            if match:
                found[int(match[1])] = None
            elif not (first and word.lower() in TITLES):
                raise SourceError(
                    f"{path} line {number}: expected PMIDs, such as 38000001, found {word[:40]!r}; take the rest out"
                )
            first = False
    if not found:
        raise SourceError(f"{path} holds no PMID; expected one on each line, such as 38000001")
    return tuple(found)
