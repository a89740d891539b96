"""pubmed_parser with its default fields: python pubmed_parser_all.py FILE."""

import json
import sys
import time
from pathlib import Path

import pubmed_parser

began = time.perf_counter()
records = sum(1 for _ in pubmed_parser.parse_medline_xml(sys.argv[1]))
seconds = time.perf_counter() - began
peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
print(json.dumps({"records": records, "seconds": seconds, "peak_mb": peak}))
