"""What is in PubMed files: articles, books, deletions, and records that can not be read, with their reasons.

python -m benchmarks.files FOLDER…
"""

import json
import sys
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tasks.literature.pubmed_xml.encoding import SourceError
from tasks.literature.pubmed_xml.read import read_records

KINDS = ("article", "book", "deletion")


def main() -> None:
    """Read every file in the folders and print the table."""
    table = Table("file", *KINDS, "quarantined", "reason", box=None)
    total: Counter[str] = Counter()
    for path in sorted(path for folder in sys.argv[1:] for path in Path(folder).rglob("*.xml*")):
        counts: Counter[str] = Counter()
        reasons: list[str] = []
        try:
            for records in read_records(path):
                counts.update(records.frame["kind"].to_list())
                reasons += records.refused["reason"].to_list()
        except SourceError as error:
            reasons.append(str(error).replace(str(path), "the file"))
        counts["quarantined"] = len(reasons)
        total.update(counts)
        total["files"] += 1
        table.add_row(
            path.name, *(str(counts[name]) for name in (*KINDS, "quarantined")), "; ".join(set(reasons))[:100]
        )
    Console(width=200).print(table)
    print(json.dumps({name: total[name] for name in ("files", *KINDS, "quarantined")}))


if __name__ == "__main__":
    main()
