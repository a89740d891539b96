"""Records per second against other parsers of PubMed, each in a process of its own, in turns.

    python -m benchmarks.parse [--rounds 3]

The best round counts for each. pubmedparser2 reads 8 fields on one thread, pubmed_parser its default ones (about 25),
Biopython everything, from the first 2,000 records of a file: it needs a minute for those. This project reads every
field of the DTD, on one thread and on all cores.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.peers import peers_python
from tasks.assets.fetch import sample_files

CONTESTANTS = Path(__file__).parent / "contestants"
BASELINE_GZ_MB = 51_000
FIRST = 2_000
CORES = len(os.sched_getaffinity(0))
OURS = [sys.executable, "-m", "benchmarks.contestants.ours"]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    files = sample_files()
    every = sum(unpacked(file).count(b"<PubmedArticle>") for file in files)
    megabytes = sum(file.stat().st_size for file in files) / 1e6
    with tempfile.TemporaryDirectory() as folder:
        best = measure(Path(folder), files, rounds)
    table = Table("parser", "records/s", "MB/s (gz)", "peak MB", "seconds", box=None)
    rates: dict[str, float] = {}
    for name, (seconds, peak) in best.items():
        counted = FIRST if "Biopython" in name else every
        rates[name] = counted / seconds
        size = "" if counted == FIRST else f"{megabytes / seconds:.1f}"
        table.add_row(name, f"{rates[name]:,.0f}", size, f"{peak:.0f}", f"{seconds:.2f}")
    console = Console()
    console.print(table)
    one, cores = rates["ours, one thread"], rates["ours, all cores"]
    peak = max(best[name][1] for name in ("ours, one thread", "ours, all cores"))
    hours = BASELINE_GZ_MB / (megabytes / best["ours, all cores, Parquet written"][0]) / 3600
    result = {
        "ratio_pubmed_parser": round(cores / rates["pubmed_parser"], 2),
        "ratio_pubmed_parser_one_thread": round(one / rates["pubmed_parser"], 2),
        "ratio_c_parser": round(cores / rates["pubmedparser2, 8 fields"], 2),
        "ratio_c_parser_one_thread": round(one / rates["pubmedparser2, 8 fields"], 2),
        "ratio_biopython": round(cores / rates["Biopython, first records"], 1),
        "two_processes_over_one": round(2 * best["ours, one thread"][0] / best["ours, two processes"][0], 2),
        "c_parser_two_processes_over_one": round(
            2 * best["pubmedparser2, 8 fields"][0] / best["pubmedparser2, two processes"][0], 2
        ),
        "peak_mb": round(peak),
        "baseline_hours_on_this_machine": round(hours, 1),
        "cores": CORES,
    }
    print(json.dumps(result))


def measure(folder: Path, files: list[Path], rounds: int) -> dict[str, tuple[float, float]]:
    """Return seconds for all files and peak megabytes of every contestant, of its best round."""
    python = peers_python()
    first = first_records(files[0], folder / "first.xml")
    theirs = {
        "pubmed_parser": [python, str(CONTESTANTS / "pubmed_parser_all.py")],
        "pubmedparser2, 8 fields": [python, str(CONTESTANTS / "pubmedparser2_eight.py")],
    }
    best: dict[str, tuple[float, float]] = {}
    for number in range(rounds):

        def keep(name: str, seconds: float, peak: float) -> None:
            if name not in best or seconds < best[name][0]:
                best[name] = (seconds, peak)

        def fresh(name: str, number: int = number) -> str:
            made = folder / f"{name}-{number}-{time.monotonic_ns()}"
            made.mkdir()
            return str(made)

        for name, threads in (("one thread", 1), ("all cores", CORES)):
            keep(f"ours, {name}", *total([run([*OURS, str(file), str(threads)]) for file in files]))
            written = [run([*OURS, str(file), str(threads), fresh("root")]) for file in files]
            keep(f"ours, {name}, Parquet written", *total(written))
        keep("pubmed_parser", *total([run([*theirs["pubmed_parser"], str(file)]) for file in files]))
        command = theirs["pubmedparser2, 8 fields"]
        keep("pubmedparser2, 8 fields", *total([run([*command, str(file), fresh("c")]) for file in files]))
        keep("ours, two processes", *twice([[*OURS, str(file), "1"] for file in files]))
        keep("pubmedparser2, two processes", *twice([[*command, str(file)] for file in files], fresh))
        keep("Biopython, first records", *total([run([python, str(CONTESTANTS / "biopython_first.py"), str(first)])]))
    return best


def run(command: list[str]) -> dict[str, Any]:
    """Run one contestant and return what it measured."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def twice(commands: list[list[str]], fresh: Any = None) -> tuple[float, float]:  # noqa: ANN401
    """Run each command in two processes at once; return the seconds of the slower ones, added up."""
    seconds = peak = 0.0
    for command in commands:
        started = [
            subprocess.Popen([*command, fresh("c")] if fresh else command, stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        measured = [json.loads(process.communicate()[0].splitlines()[-1]) for process in started]
        seconds += max(each["seconds"] for each in measured)
        peak = max(peak, *(each["peak_mb"] for each in measured))
    return seconds, peak


def total(measured: list[dict[str, Any]]) -> tuple[float, float]:
    """Return the seconds added up and the highest peak."""
    return sum(each["seconds"] for each in measured), max(each["peak_mb"] for each in measured)


def unpacked(file: Path) -> bytes:
    """Return a file's XML."""
    return gzip.decompress(file.read_bytes())


def first_records(file: Path, target: Path) -> Path:
    """Write the first records of a file, for a parser that would need hours for all."""
    # Biopython takes the DTD from an https address alone (it has a copy of it).
    text = unpacked(file).replace(b"http://dtd.", b"https://dtd.", 1)
    place = 0
    for _ in range(FIRST):
        place = text.index(b"</PubmedArticle>", place) + 1
    target.write_bytes(text[: place + len(b"</PubmedArticle>") - 1] + b"</PubmedArticleSet>")
    return target


if __name__ == "__main__":
    main()
