"""Field by field against pubmed_parser, over every record of the sample.

    python -m benchmarks.agreement

Each field of ours is put into pubmed_parser's shape, white space folded on both sides. What differs is counted under
the first explanation that holds; nothing may be left unexplained.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.peers import peers_python
from tasks.assets.fetch import sample_files
from tasks.literature.pubmed_xml.read import read_records

DUMP = Path(__file__).parent / "contestants" / "pubmed_parser_dump.py"
Row = dict[str, Any]
Explanation = tuple[str, Callable[[Row, str, str], bool]]
"""What they do, and whether that is why a field of a row (ours), their text and our text differ."""


def main() -> None:
    """Compare and print the table."""
    equal: Counter[str] = Counter()
    differing: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], tuple[int, str, str]] = {}
    records = 0
    for ours, theirs in pairs():
        records += 1
        for name, shape in SHAPES.items():
            here, there = fold(shape(ours)), fold(as_text(theirs[name]))
            if here == there:
                equal[name] += 1
                continue
            why = next((text for text, holds in EXPLANATIONS.get(name, []) if holds(ours, there, here)), "unexplained")
            differing[name, why] += 1
            examples.setdefault((name, why), (ours["pmid"], there, here))
    table = Table("field", "equal", "differ", "what they do", "PMID", "theirs", "ours", box=None)
    for name in SHAPES:
        table.add_row(name, f"{equal[name]:,}")
        for (field, why), count in sorted(differing.items()):
            if field == name:
                pmid, there, here = examples[field, why]
                table.add_row("", "", f"{count:,}", why, str(pmid), *excerpts(there, here))
    Console(width=200).print(table)
    unexplained = sum(count for (_, why), count in differing.items() if why == "unexplained")
    result = {
        "records": records,
        "fields": len(SHAPES),
        "equal": sum(equal.values()),
        "differ": sum(differing.values()),
        "unexplained": unexplained,
    }
    print(json.dumps(result))
    sys.exit(unexplained > 0)


def pairs() -> Any:  # noqa: ANN401 - (ours, theirs) for every record
    """Yield our row and theirs of every article."""
    python = peers_python()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "theirs.jsonl"
        for file in sample_files():
            subprocess.run([python, str(DUMP), str(file), str(target)], check=True)
            # A file's deletions are rows of theirs, too, behind its articles.
            ours = (row for part in read_records(file) for row in part.frame.iter_rows(named=True))
            with target.open() as lines:
                theirs = (json.loads(line) for line in lines)
                articles = (row for row in theirs if not row["delete"])
                for row, other in zip((row for row in ours if row["kind"] == "article"), articles, strict=True):
                    if str(row["pmid"]) != other["pmid"]:
                        raise SystemExit(f"PMID {row['pmid']} stands beside their {other['pmid']}")
                    yield row, other


def fold(text: str) -> str:
    """Return a text with its white space folded."""
    return " ".join(text.split())


def as_text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a value of theirs as text."""
    if isinstance(value, str) or not value:
        return value or ""
    # An empty element is null for them, an absent one an empty text; both are null for us.
    return json.dumps([{name: part or "" for name, part in item.items()} for item in value])


def excerpts(there: str, here: str) -> tuple[str, str]:
    """Return both texts from a little before where they part."""
    same = next((place for place, pair in enumerate(zip(there, here, strict=False)) if pair[0] != pair[1]), 0)
    start = max(0, min(same, len(there), len(here)) - 12)
    return there[start : start + 30], here[start : start + 30]


def abstract(row: Row) -> str:
    """Return the abstract as they put it: each label on a line of its own, but for UNASSIGNED."""
    if len(row["sections"]) < 2:
        return row["abstract"].removeprefix(f"{row['sections'][0]['label']}: ") if row["sections"] else ""
    parts = [f"{part['label'] or ''} {part['text'] or ''}" for part in row["sections"]]
    return " ".join(part.removeprefix("UNASSIGNED ") for part in parts)


def authors(row: Row) -> str:
    """Return last|fore|initials|identifier of each author."""
    names = ("last_name", "fore_name", "initials", "orcid")
    return ";".join("|".join(author[name] or "" for name in names) for author in row["authors"])


def joined(name: str, *parts: str) -> Callable[[Row], str]:
    """Return what puts the rows of a column into one text, their parts with a colon between."""
    return lambda row: "; ".join(":".join(item[part] or "" for part in parts) for item in row[name])


SHAPES: dict[str, Callable[[Row], str]] = {
    "pmid": lambda row: str(row["pmid"]),
    "title": lambda row: row["title"],
    "vernacular_title": lambda row: row["vernacular_title"] or "",
    "abstract": abstract,
    "issue": lambda row: f"{row['volume']}({row['issue'] or ''})" if row["volume"] else "",
    "pages": lambda row: row["pages"] or "",
    "journal": lambda row: row["journal"] or "",
    "pubdate": lambda row: str(row["year"] or ""),
    "languages": lambda row: ";".join(row["language"]),
    "authors": authors,
    "affiliations": lambda row: ";".join(
        author["affiliations"][0] for author in row["authors"] if author["affiliations"]
    ),
    "mesh_terms": joined("headings", "ui", "name"),
    "publication_types": joined("publication_types", "ui", "name"),
    "chemical_list": joined("chemicals", "ui", "name"),
    "keywords": joined("keywords", "text"),
    "doi": lambda row: row["doi"] or "",
    "pmc": lambda row: row["pmcid"] or "",
    "other_id": lambda row: "; ".join(item["id"] for item in row["other_ids"] if "PMC" not in item["id"]),
    "medline_ta": lambda row: row["medline_abbreviation"] or "",
    "nlm_unique_id": lambda row: row["nlm_id"] or "",
    "issn_linking": lambda row: row["issn_linking"] or "",
    "country": lambda row: row["country"] or "",
    "grant_ids": lambda row: as_text(
        [
            {
                "grant_id": grant["id"] or "",
                "grant_acronym": grant["acronym"] or "",
                "country": grant["country"] or "",
                "agency": grant["agency"] or "",
            }
            for grant in row["grants"]
        ]
    ),
}


def lacks_inner_text(_row: Row, there: str, here: str) -> bool:
    """Whether their text is ours with characters left out."""
    rest = iter(here)
    return len(there) < len(here) and all(character in rest for character in there)


NESTED: Explanation = ("lose text inside markup inside markup, and MathML's (mixed content: ours)", lacks_inner_text)
EXPLANATIONS: dict[str, list[Explanation]] = {
    "title": [NESTED],
    "abstract": [
        (
            "take the copyright line of an <Abstract> without <AbstractText> (ours: no abstract)",
            lambda row, *_: not row["sections"],
        ),
        NESTED,
    ],
    "keywords": [
        (
            "stop at the second <KeywordList> (KeywordList*: ours)",
            lambda row, *_: len({item["owner"] for item in row["keywords"]}) > 1,
        ),
        (
            "keep white space around a keyword (ours: folded)",
            lambda row, there, here: (
                [part.strip() for part in there.split(";")] == [part.strip() for part in here.split(";")]
            ),
        ),
        ("leave out empty keywords (ours: null)", lambda row, *_: not all(item["text"] for item in row["keywords"])),
        ("cut a keyword at its first markup (mixed content: ours)", lacks_inner_text),
    ],
    "doi": [
        (
            "take the last <ELocationID>, empty where that is no DOI (ours: the record's own ArticleIdList)",
            lambda row, there, _: not there and len(row["electronic_locations"]) > 0,
        ),
    ],
    "pmc": [
        (
            "look for PMCIDs in <OtherID> alone, where few are (ours: the record's own ArticleIdList)",
            lambda row, there, _: not there,
        )
    ],
}


if __name__ == "__main__":
    main()
