"""How the embedded model does on PubMedQA, what that costs, and what asking again costs.

    python -m benchmarks.pubmedqa [--items ../shared/data/pubmedqa/ori_pqal.json] [--limit N] [--root FOLDER]

Evaluates SmolLM2 through vLLM in both settings by both methods, then the same again over the same root. Prints accuracy
and macro-F1 beside those of always giving the most frequent decision, predictions per second, and one JSON object.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.commands import COMMAND
from tasks.percent import in_percent

ITEMS = Path("../shared/data/pubmedqa/ori_pqal.json")
LONGEST_TEXT = 64


def main() -> None:
    """Evaluate twice and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=Path, default=ITEMS)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--root", type=Path)
    chosen = parser.parse_args()
    root = chosen.root or Path(tempfile.mkdtemp(prefix="pubmedqa-"))
    found, seconds = evaluate(chosen.items, root, chosen.limit)
    again, again_seconds = evaluate(chosen.items, root, chosen.limit)
    majority = found["references"]["majority"]
    table = Table("setting", "method", "accuracy, %", "over majority", "macro-F1, %", "unanswered", box=None)
    for row in found["results"]:
        over = row["accuracy"]["value"] / majority["accuracy"]["value"]
        scores = in_percent(row["accuracy"]), f"{over:.2f}", in_percent(row["macro_f1"]), str(row["unanswered"])
        table.add_row(row["setting"], row["method"], *scores)
    table.add_row("majority", "", in_percent(majority["accuracy"]), "1.00", in_percent(majority["macro_f1"]), "0")
    Console(width=110).print(table)
    stage = found["stages"]["predictions"]
    print(
        json.dumps(
            {
                "items": found["items"],
                "results": [
                    {name: row[name] for name in ("setting", "method", "accuracy", "macro_f1", "unanswered")}
                    for row in found["results"]
                ],
                "majority_accuracy": majority["accuracy"]["value"],
                "predictions": stage["computed"],
                "seconds": round(seconds, 1),
                "predictions_per_second": round(stage["computed"] / seconds, 2),
                "again_seconds": round(again_seconds, 1),
                "again_over_first": round(again_seconds / seconds, 3),
                "again_requests": again["llm"]["requests"],
                "identical": again["results"] == found["results"],
                "report": found["report"],
            }
        )
    )


def evaluate(items: Path, root: Path, limit: int | None) -> tuple[dict[str, Any], float]:
    """Run ``distillery evaluate pubmedqa --json``; return what it found and the whole command's wall seconds."""
    options = ["--root", str(root), "--max-tokens", str(LONGEST_TEXT), "--json"]
    options += [] if limit is None else ["--limit", str(limit)]
    began = time.monotonic()
    command = [*COMMAND, "evaluate", "pubmedqa", str(items), *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout), time.monotonic() - began


if __name__ == "__main__":
    main()
