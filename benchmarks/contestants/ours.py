"""This project's parser: python -m benchmarks.contestants.ours FILE THREADS [ROOT]."""

import json
import sys
import time
from pathlib import Path

from tasks.literature.pubmed_xml.read import read_records


def main() -> None:
    """Parse a file into frames with every field; where a root is named, write its table of articles, too."""
    path, threads = Path(sys.argv[1]), int(sys.argv[2])
    began = time.perf_counter()
    if len(sys.argv) > 3:
        from tasks.literature.harvest import Route, harvest_file
        from tasks.store.store import Store

        harvest_file(Store(sys.argv[3]), path, path.name, Route.FILE, threads)
        records = 0
    else:
        records = sum(len(part.frame) for part in read_records(path, threads))
    seconds = time.perf_counter() - began
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    print(json.dumps({"records": records, "seconds": seconds, "peak_mb": peak}))


if __name__ == "__main__":
    main()
