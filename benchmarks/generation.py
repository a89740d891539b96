"""What this project adds to a language model's own time: beside a bare client, beside other libraries, and in memory.

    python -m benchmarks.generation [--part engine] [--part records] [--part memory] --folder FOLDER

- engine: output tokens a second of the questions stage over those of the plainest client that saturates the engine
  (an asyncio loop that posts the same bodies, and keeps nothing), on one vLLM, in turns. It is started with the
  embedded model and reset between turns, so that no prompt is in its prefix cache; or named by --engine-url, with
  DISTILLERY_API_KEY. The plain client takes the best of --widths.
- records: records a second against a server without latency (benchmarks.canned_server, whose own ceiling is printed),
  everything persisted, same prompts: the questions stage, Prefect's server among its costs; the floor, which hashes,
  posts, checks and stores; and other libraries in environments of their own, made in --environments with pip from
  benchmarks/generation_peers/NAME.txt. Two sizes are run and the difference counts, so that no start-up does: seconds
  and CPU of the whole process tree; memory is that of the larger size. A library that can not be had stands in the
  table with the reason.
- memory: the most that the questions stage has at 10,000 articles over that at 1,000.

Each piece is kept in --folder as it comes; the same command goes on from there. The last line is one JSON object.
"""

import argparse
import json
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.canned_server import ceiling
from benchmarks.child_server import canned_server
from benchmarks.engine_share import engine
from benchmarks.generation_commands import ENVIRONMENT, LONGEST_SECONDS, module, ours, prompts, scratch
from benchmarks.kept import Kept
from benchmarks.made_up import made_up_articles
from benchmarks.peers import peers_python
from benchmarks.process_tree import CommandFailedError, run
from tasks.settings import settings

PARTS = ("engine", "records", "memory")
PEERS = ("datatrove", "curator", "data_designer", "distilabel")
SCRIPTS = Path(__file__).parent / "generation_peers"
Costs = list[dict[str, Any]]
OURS, FLOOR = "this project", "floor"
MEMORY_SIZES = (1_000, 10_000)


def main() -> None:
    """Measure what is asked for; print tables and one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", action="append", choices=PARTS, help="repeat for several; all without")
    parser.add_argument("--folder", type=Path, required=True, help="holds what was measured; goes on from there")
    parser.add_argument("--articles", type=int, default=128, help="of the engine's turns")
    parser.add_argument("--turns", type=int, default=2, help="of each client on the engine")
    parser.add_argument("--widths", type=int, nargs="+", default=[64, 256], help="requests in flight, plain client")
    parser.add_argument("--engine-url", help="of a vLLM that runs already")
    parser.add_argument("--sizes", type=int, nargs=2, default=[500, 4_000], help="records")
    parser.add_argument("--rounds", type=int, default=2, help="of each size; the quickest counts")
    parser.add_argument("--in-flight", type=int, default=128, help="of floor and libraries")
    parser.add_argument("--peer", action="append", choices=PEERS, help="repeat for several; all without")
    parser.add_argument("--environments", type=Path, default=settings().cache / "peers")
    chosen = parser.parse_args()
    parts, kept = chosen.part or PARTS, Kept(chosen.folder / "results.json")
    result: dict[str, Any] = dict.fromkeys(("share_of_engine", "records_per_s", "ratio_fastest_peer", "memory_ratio"))
    for part, measure in (("engine", engine), ("records", records), ("memory", memory)):
        if part in parts:
            result |= measure(chosen, kept)
    print(json.dumps(result))


def records(chosen: argparse.Namespace, kept: Kept) -> dict[str, Any]:
    """Compare the stage with libraries and with the floor, without a model."""
    table = Table("", "records/s", "ms CPU/record", "peak MB", "of its largest process", "remark", box=None)
    found: dict[str, dict[str, float]] = {}
    top = kept.piece("records/ceiling", lambda: _ceiling(chosen))
    runs, failures = _runs(chosen, kept)
    for name, (small, large) in runs.items():
        found[name] = _difference(small, large, chosen.sizes)
        peaks = (f"{max(each[column] for each in large):,.0f}" for column in ("peak_mb", "own_peak_mb"))
        fewest = min(each["records"] for each in large)
        remark = "" if fewest == chosen.sizes[1] else f"{fewest:,} records alone"
        table.add_row(name, f"{found[name]['per_s']:,.0f}", f"{found[name]['cpu_ms']:.2f}", *peaks, remark)
    for name, reason in failures.items():
        table.add_row(name, "", "", "", "", reason)
    Console(width=140).print(table)
    print(f"the server itself answers {top:,.0f} requests a second; other times are those of the clients")
    peers = {name: values["per_s"] for name, values in found.items() if name in PEERS}
    fastest = max(peers, key=peers.__getitem__) if peers else None
    own = found.get(OURS, {"per_s": 0.0, "cpu_ms": 0.0})
    return {
        "records_per_s": round(own["per_s"], 1),
        "ratio_fastest_peer": None if fastest is None else round(own["per_s"] / peers[fastest], 2),
        "fastest_peer": fastest,
        "ratio_floor": round(own["per_s"] / found[FLOOR]["per_s"], 2) if FLOOR in found else None,
        "cpu_ms_per_record": {name: round(values["cpu_ms"], 2) for name, values in found.items()},
        "server_requests_per_s": round(top),
    }


def memory(chosen: argparse.Namespace, kept: Kept) -> dict[str, Any]:
    """Compare the stage's memory at two sizes."""
    costs = {size: kept.piece(f"memory/{size}", partial(_cost, chosen, OURS, size)) for size in MEMORY_SIZES}
    table = Table("articles", "peak MB, Prefect's server and all", "of the run's process", box=None)
    for size, cost in costs.items():
        table.add_row(f"{size:,}", f"{cost['peak_mb']:,.0f}", f"{cost['own_peak_mb']:,.0f}")
    Console(width=100).print(table)
    small, large = (costs[size] for size in MEMORY_SIZES)
    return {
        "memory_ratio": round(large["peak_mb"] / small["peak_mb"], 3),
        "memory_ratio_process": round(large["own_peak_mb"] / small["own_peak_mb"], 3),
    }


def _ceiling(chosen: argparse.Namespace) -> float:
    recorded = prompts(chosen.folder / str(chosen.sizes[0]), made_up_articles(chosen.sizes[0]))
    with canned_server() as url:
        return ceiling(int(url.rpartition(":")[2]), recorded.read_bytes().splitlines()[0])


def _cost(chosen: argparse.Namespace, name: str, size: int) -> dict[str, Any]:
    """Run one of those compared over so many records; its tables are thrown away."""
    recorded = prompts(chosen.folder / str(size), made_up_articles(size))
    with canned_server() as url, scratch(chosen.folder / "scratch") as folder:
        if name == OURS:
            command = ours(recorded.with_name("articles.parquet"), url, folder)
        elif name == FLOOR:
            command = module("floor", url, recorded, folder, chosen.in_flight)
        else:
            python = peers_python(chosen.environments / name, ["--requirement", str(SCRIPTS / f"{name}.txt")])
            asked = (url, recorded, folder, chosen.in_flight)
            command = [python, "-P", str(SCRIPTS / f"run_{name}.py"), *map(str, asked)]
        cost = run(command, ENVIRONMENT, LONGEST_SECONDS)
    return {**cost.said, "cpu": cost.cpu, "peak_mb": cost.peak_mb, "own_peak_mb": cost.own_peak_mb}


def _runs(chosen: argparse.Namespace, kept: Kept) -> tuple[dict[str, tuple[Costs, Costs]], dict[str, str]]:
    """Run everything in turns; return the costs of the smaller and of the larger size by name, and who failed why."""
    runs: dict[str, tuple[Costs, Costs]] = {name: ([], []) for name in (OURS, FLOOR, *(chosen.peer or PEERS))}
    failures: dict[str, str] = {}
    for turn in range(chosen.rounds):
        for name in list(runs):
            try:
                for costs, size in zip(runs[name], chosen.sizes, strict=True):
                    costs.append(kept.piece(f"records/{name}/{size}/{turn}", partial(_cost, chosen, name, size)))
            except (CommandFailedError, subprocess.CalledProcessError) as error:
                failures[name] = _reason(error)
                del runs[name]
    return runs, failures


def _difference(small: Costs, large: Costs, sizes: list[int]) -> dict[str, float]:
    """Return records a second and ms of CPU a record, of what the larger size has more than the smaller."""
    seconds, cpu = (
        min(each[column] for each in large) - min(each[column] for each in small) for column in ("seconds", "cpu")
    )
    more = sizes[1] - sizes[0]
    return {"per_s": more / max(seconds, 1e-6), "cpu_ms": 1_000 * cpu / more}


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        lines = (error.stderr or "").strip().splitlines() or [str(error)]
        return f"not to be had: {lines[-1][:120]}"
    return str(error)


if __name__ == "__main__":
    main()
