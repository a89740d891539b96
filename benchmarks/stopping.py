"""How soon a run is gone after Ctrl-C and after Cancel, what is left of it, and what is computed again.

    python -m benchmarks.stopping [--by ctrl-c|cancel] [--bioasq FILE] [--articles 96] [--folder FOLDER]

One root is distilled from the embedded sample and stopped in one stage after the other: each run goes on where the
one before was stopped. At last it goes through, and a training on BioASQ's questions is stopped and goes on.
Ctrl-C is SIGINT to the command; Cancel is the UI's button: the state "Cancelling" of a run of a deployment. A run is
gone when no process is left that it started: engine and training among them, and a command's own Prefect server.
"""

import argparse
import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.stoppable_runs import CancelledRuns, CommandRuns, Run, Runs

LONGEST_RUN_SECONDS = 1200.0


@dataclass(frozen=True)
class Moment:
    """When a run is stopped: so many seconds after a line of its log."""

    stage: str
    line: str
    seconds: float = 0.0


MOMENTS = [
    Moment("harvest", r"Prefect: |Beginning flow run|Opening process", 3),
    Moment("embeddings", r"samples: ", 6),
    Moment("engine's start", r"starting vLLM", 8),
    Moment("questions", r"questions: researcher: (\d+) of \1", 3),
    Moment("contexts", r"candidates: (\d+) of \1"),
    Moment("scores", r"contexts: (\d+) of \1"),
    Moment("answers", r"preferences: (\d+) of \1", 5),
    Moment("report", r"answers: (\d+) of \1"),
]
TRAINING = Moment("training", r"step \d+ of", 3)


def main() -> None:
    """Stop, look, go on; print a table and one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--by", choices=["ctrl-c", "cancel"], default="ctrl-c")
    parser.add_argument("--bioasq", type=Path, help="a golden file of BioASQ's, for the training")
    parser.add_argument("--articles", type=int, default=96)
    parser.add_argument("--folder", type=Path, help="goes on with what an earlier call left there, and leaves it there")
    chosen = parser.parse_args()
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="stopping-"))
    table = Table("stopped in", "seconds until gone", "rows that the run left", "said", box=None)
    seconds: dict[str, float] = {}
    kinds: dict[str, Callable[[Path], Runs]] = {"ctrl-c": CommandRuns, "cancel": CancelledRuns}
    with ExitStack() as stack:
        runs = stack.enter_context(kinds[chosen.by](folder / "root"))
        for moment in MOMENTS:
            _stop_at(moment, runs.distil(chosen.articles), seconds, table)
        through = runs.distil(chosen.articles)
        whole = through.ends_well(LONGEST_RUN_SECONDS)
        if chosen.bioasq:
            _stop_at(TRAINING, runs.train(chosen.bioasq), seconds, table)
            whole = runs.train(chosen.bioasq).ends_well(LONGEST_RUN_SECONDS) and whole
    Console(width=160).print(table)
    if chosen.folder is None:
        shutil.rmtree(folder)
    slowest = max(seconds, key=seconds.__getitem__) if seconds else None
    longest = None if slowest is None else seconds[slowest]
    print(json.dumps({"by": chosen.by, "seconds": seconds, "longest": longest, "slowest": slowest, "went_on": whole}))


def _stop_at(moment: Moment, run: Run, seconds: dict[str, float], table: Table) -> None:
    before = run.rows()
    reached = run.wait_for(re.compile(moment.line), LONGEST_RUN_SECONDS)
    if not reached:
        table.add_row(moment.stage, "ended before", "", "")
        return
    time.sleep(moment.seconds)
    if run.ended():
        table.add_row(moment.stage, "ended before", "", "")
        return
    seconds[moment.stage] = round(run.stop(), 1)
    Console(stderr=True).print(f"{moment.stage}: gone after {seconds[moment.stage]} s")
    left = {name: count - before.get(name, 0) for name, count in run.rows().items() if count != before.get(name, 0)}
    told = ", ".join(f"{name} {count:,}" for name, count in left.items()) or "none"
    table.add_row(moment.stage, f"{seconds[moment.stage]:.1f}", told, run.last_line())


if __name__ == "__main__":
    main()
