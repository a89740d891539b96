"""Biopython's Entrez parser on a file of the first records: python biopython_first.py FILE."""

import json
import sys
import time
from pathlib import Path

from Bio import Entrez

began = time.perf_counter()
with open(sys.argv[1], "rb") as file:  # noqa: PTH123 - as its tutorial does
    records = len(Entrez.read(file)["PubmedArticle"])
seconds = time.perf_counter() - began
peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
print(json.dumps({"records": records, "seconds": seconds, "peak_mb": peak}))
