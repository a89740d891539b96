"""Everything pubmed_parser reads from a file, a JSON object per line: python pubmed_parser_dump.py FILE TARGET."""

import json
import sys
from pathlib import Path

import pubmed_parser

with Path(sys.argv[2]).open("w") as target:
    for row in pubmed_parser.parse_medline_xml(sys.argv[1]):
        target.write(json.dumps(row) + "\n")
