"""This project's questions stage, under a Prefect server of its own: … ours ARTICLES URL ROOT [MODEL].

``ARTICLES`` is a Parquet file (pmid, title, abstract, content_hash). Prints what the stage says, and its records.
"""

import importlib
import json
import os
import sys
from pathlib import Path

import polars as pl

from deployments.prefect_server import prefect_server


def main() -> None:
    """Ask, and print what came."""
    articles, url, root = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    model = sys.argv[4] if len(sys.argv) > 4 else None
    root.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW", "ignore")
    with prefect_server(str(root), meanwhile=lambda: importlib.import_module("benchmarks.asking")):
        from benchmarks.asking import ask, standing

        said = ask("questions", pl.read_parquet(articles), root, url, model)
    if said["stopped"]:
        sys.exit(said["stopped"])
    print(json.dumps({"records": standing(root, "questions")["row_key"].n_unique(), **said}))


if __name__ == "__main__":
    main()
