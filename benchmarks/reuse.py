"""What a rerun reuses, and what orchestration costs.

    python -m benchmarks.reuse [--articles 200] [--root FOLDER]

Distils Neoplasms, the same again, Neoplasms by Site by tree number, and the same by name, over one root.
"""

import argparse
import json
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.commands import checksums, distil, total

RUNS = (("first", "C04"), ("again", "C04"), ("narrower branch", "C04.588"), ("the same by name", "Neoplasms by Site"))


def main() -> None:
    """Run the four commands and print what each computed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--root", type=Path, default=None)
    chosen = parser.parse_args()
    root = chosen.root or Path(tempfile.mkdtemp(prefix="reuse-"))
    table = Table("run", "wall s", "stages s", "computed", "reused", "LLM requests", "orchestration", box=None)
    measured = {}
    for name, branch in RUNS:
        summary, wall = distil(root, branch, chosen.articles)
        own = total(summary, "seconds")
        measured[name] = {
            "wall_s": round(wall, 1),
            "stages_s": round(own, 1),
            "computed": total(summary, "computed"),
            "reused": total(summary, "reused"),
            "llm_requests": summary["llm"]["requests"],
            "questions": summary["stages"]["questions"],
            "orchestration_share": round(1 - own / wall, 4),
            "files": checksums(summary["dataset"]),
        }
        row = measured[name]
        columns = ("wall_s", "stages_s", "computed", "reused", "llm_requests", "orchestration_share")
        table.add_row(name, *(f"{row[column]:,}" for column in columns))
    Console(width=120).print(table)
    first, again, narrower, by_name = (measured[name] for name, _ in RUNS)
    print(
        json.dumps(
            {
                "articles": chosen.articles,
                "first_s": first["wall_s"],
                "again_s": again["wall_s"],
                "again_over_first": round(again["wall_s"] / first["wall_s"], 4),
                "again_llm_requests": again["llm_requests"],
                "again_computed": again["computed"],
                "again_identical": again["files"] == first["files"],
                "narrower_questions": narrower["questions"],
                "by_name_identical": by_name["files"] == narrower["files"],
                "by_name_llm_requests": by_name["llm_requests"],
                "orchestration_share": first["orchestration_share"],
            }
        )
    )


if __name__ == "__main__":
    main()
