"""What do continued pre-training and fine-tuning on a distilled dataset do to the small model's PubMedQA?

    python -m benchmarks.target DATASET [--items ../shared/data/pubmedqa/ori_pqal.json] [--root FOLDER] [--steps 100]

DATASET is a folder that `distillery distill` ended with. Trains with `distillery train target-cpt` and, from its
adapter, `target-sft` (the settings for CPUs), then evaluates the model as it came, after the one and after the other,
by choice in both settings. Prints accuracy and macro-F1 with intervals, the paired tests against the model as it came,
what a step takes, and one JSON object.
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
from benchmarks.pubmedqa import ITEMS
from tasks.percent import in_percent

TRAINING = ("rows", "steps", "seconds_per_step", "peak_memory_mb", "adapter")


def main() -> None:
    """Train both, evaluate three models and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", nargs="+")
    parser.add_argument("--items", type=Path, default=ITEMS)
    parser.add_argument("--root", default=tempfile.mkdtemp(prefix="target-"))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--steps", default="100")
    chosen = parser.parse_args()
    rooted = ["--root", chosen.root]
    shared = [*rooted, "--evaluation", str(chosen.items), "--leakage", "drop", "--set", f"most_steps={chosen.steps}"]
    cpt = run("train", "target-cpt", *chosen.dataset, *shared)
    sft = run("train", "target-sft", *chosen.dataset, *shared, "--adapter", cpt["adapter"])
    asked = ["evaluate", "pubmedqa", str(chosen.items), *rooted, "--method", "choice"]
    asked += [] if chosen.limit is None else ["--limit", str(chosen.limit)]
    tuned = {
        "after CPT": run(*asked, "--compare-adapter", cpt["adapter"]),
        "after SFT": run(*asked, "--compare-adapter", sft["adapter"]),
        "after SFT, asked as it was tuned": run(
            *asked, "--compare-adapter", sft["adapter"], "--compare-prompt", "fine-tuned"
        ),
    }
    print_scores(tuned)
    found = {name: scores(evaluation, compared=True) for name, evaluation in tuned.items()}
    base = scores(tuned["after CPT"], compared=False)
    training = {name: {key: each[key] for key in TRAINING} for name, each in (("cpt", cpt), ("sft", sft))}
    print(json.dumps({"base": base, **found, "training": training}))


def run(*arguments: str) -> dict[str, Any]:
    """Run a command as a user would and return its summary."""
    done = subprocess.run([*COMMAND, *arguments, "--json"], stdout=subprocess.PIPE, text=True, check=True)
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def scores(evaluation: dict[str, Any], *, compared: bool) -> dict[str, Any]:
    """Return accuracy and macro-F1 by setting of the second model (the first one's without ``compared``)."""
    results = evaluation["results"]
    first = results[0]["model"]
    found: dict[str, Any] = {
        result["setting"]: {name: result[name] for name in ("accuracy", "macro_f1")}
        for result in results
        if (result["model"] != first) == compared
    }
    for pair in evaluation["comparisons"] if compared else ():
        found[pair["setting"]] |= {"difference": turned(pair["accuracy"]), "p_value": pair["p_value"]}
    return found


def turned(difference: dict[str, float]) -> dict[str, float]:
    """Return the second model minus the first from the first minus the second."""
    return {"value": -difference["value"], "low": -difference["high"], "high": -difference["low"]}


def print_scores(tuned: dict[str, dict[str, Any]]) -> None:
    """Print a row for every model and setting."""
    evaluations = list(tuned.values())
    rows = {"as it came": scores(evaluations[0], compared=False)}
    rows |= {name: scores(evaluation, compared=True) for name, evaluation in tuned.items()}
    table = Table("model", "setting", "accuracy, %", "macro-F1, %", "against as it came", "p (McNemar)", box=None)
    for name, settings in rows.items():
        for setting, found in settings.items():
            against = in_percent(found["difference"]) if "difference" in found else ""
            p_value = f"{found['p_value']:.3g}" if "p_value" in found else ""
            table.add_row(name, setting, in_percent(found["accuracy"]), in_percent(found["macro_f1"]), against, p_value)
    majority = evaluations[0]["references"]["majority"]
    table.add_row("majority", "", in_percent(majority["accuracy"]), in_percent(majority["macro_f1"]), "", "")
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
