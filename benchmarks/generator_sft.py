"""Does supervised training teach the small model to ask as BioASQ's experts do?

    python -m benchmarks.generator_sft [--files ../shared/data/bioasq/*.json] [--steps 150] [--root FOLDER]

Trains two differently made adapters with `distillery train generator`: A under the prompt of researcher, B under that
of clinician with another seed and rank. Prints the loss per question token on documents held out, before and after,
what a step takes, and one JSON object. The curves are in the HTML reports that it names.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.commands import COMMAND

FOLDER = Path("../shared/data/bioasq")
ADAPTERS = {
    "A": ["--generator", "researcher"],
    "B": ["--generator", "clinician", "--set", "seed=1", "--set", "lora.rank=16"],
}


def main() -> None:
    """Train both and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", nargs="*", default=sorted(map(str, FOLDER.glob("*.json"))))
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--root", default=tempfile.mkdtemp(prefix="generator-sft-"))
    chosen = parser.parse_args()
    found = {name: train(chosen.files, chosen.steps, chosen.root, name) for name in ADAPTERS}
    table = Table("adapter", "rows", "held out", "loss before", "after", "s/step", "MB", "report", box=None)
    for name, summary in found.items():
        before, after = summary["held_out_before"]["per_token"], summary["held_out_after"]["per_token"]
        table.add_row(
            name, f"{summary['rows']:,}", f"{summary['held_out_rows']:,}", f"{before:.3f}", f"{after:.3f}",
            f"{summary['seconds_per_step']:.2f}", f"{summary['peak_memory_mb']:,.0f}", summary["report"],
        )  # fmt: skip
    Console(width=160).print(table)
    print(json.dumps({name: reported(summary) for name, summary in found.items()}))


def train(files: list[str], steps: int, root: str, name: str) -> dict[str, Any]:
    """Run one training as a user would and return its summary."""
    options = ["--root", root, "--set", f"most_steps={steps}", "--save-as", f"bioasq-{name.lower()}", "--json"]
    command = [*COMMAND, "train", "generator", *files, *ADAPTERS[name], *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def reported(summary: dict[str, Any]) -> dict[str, Any]:
    """Return what the last line says of a training."""
    names = ("rows", "held_out_rows", "steps", "seconds_per_step", "peak_memory_mb", "adapter")
    losses = {when: round(summary[f"held_out_{when}"]["per_token"], 4) for when in ("before", "after")}
    return {**losses, **{name: summary[name] for name in names}}


if __name__ == "__main__":
    main()
