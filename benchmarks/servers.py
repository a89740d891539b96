"""One distillation by each of several servers: rows, refusals, tokens a second.

    python -m benchmarks.servers --folder FOLDER [--start vllm] [--start transformers] [--start llama.cpp]
        [--server KIND=URL ...] [--articles 60] [--model NAME] [--gguf FILE] [--llama-python PYTHON]

Each server gets the same articles of the embedded sample, by the command that users type (``distillery distill
--generator-url``), over a root in which harvest and vectors stand already. Servers that run already are named by
--server, whose KIND is what they are called in the table; others are started on the loopback interface:

- vllm: as the product starts it;
- transformers: ``transformers serve FOLDER`` (it needs transformers' extra "serving");
- llama.cpp: ``PYTHON -m llama_cpp.server --model FILE``. Its wheel is built from source where it is installed, which
  takes a C++ compiler and cmake (on Debian: build-essential, cmake) and some ten minutes on two cores: make an
  environment of its own, ``pip install 'llama-cpp-python[server]'``, and name its Python by --llama-python.

All serve the embedded model, or --model (for the first two) and --gguf (for llama.cpp). Tokens a second are the output
tokens of all stages over the seconds of questions and answers. What a server gave is kept in --folder; the same command
goes on from there, and asks nothing again that was answered. The last line is one JSON object.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.child_server import NotReadyError, canned_server, served
from benchmarks.commands import COMMAND
from benchmarks.kept import Kept
from tasks.assets.catalogue import SMOLLM2
from tasks.assets.fetch import fetch, model_folder
from tasks.errors import DistilleryError
from tasks.hardware import computes_bfloat16, has_gpu
from tasks.serving.engine import Engine, EngineSettings
from tasks.serving.model import EMBEDDED_MODEL, LanguageModel

STARTED = ("vllm", "transformers", "llama.cpp")
STARTUP_SECONDS = 900.0
LONGEST_PROMPT = 4096
ASKING = ("questions", "answers")


def main() -> None:
    """Distil by each server; print a table and one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="holds roots and results; goes on from there")
    parser.add_argument("--start", action="append", choices=STARTED, default=[], help="repeat for several")
    parser.add_argument("--server", action="append", default=[], metavar="KIND=URL", help="repeat for several")
    parser.add_argument("--articles", type=int, default=60)
    parser.add_argument("--branch", default="C04")
    parser.add_argument("--search-articles", type=int, help="for contexts, to be embedded first; see distill --help")
    parser.add_argument("--model", default=EMBEDDED_MODEL, help="a folder, a file or a name")
    parser.add_argument("--gguf", type=Path, help="what llama.cpp serves")
    parser.add_argument("--llama-python", default=sys.executable)
    chosen = parser.parse_args()
    kept = Kept(chosen.folder / "results.json")
    found = {}
    for kind in [*chosen.start, *chosen.server]:
        name = kind.partition("=")[0]
        found[name] = kept.piece(name, partial(distilled, chosen, kind))
    table = Table(
        "server", "questions", "refused", "answers", "refused", "requests", "tokens/s", "minutes", "", box=None
    )
    for name, row in found.items():
        if "stopped" in row:
            table.add_row(name, *[""] * 7, row["stopped"])
            continue
        counts = (f"{row[stage][column]:,.0f}" for stage in ASKING for column in ("rows", "dropped"))
        speed = f"{row['tokens_per_s']:.1f}"
        table.add_row(name, *counts, f"{row['requests']:,}", speed, f"{row['seconds'] / 60:.1f}", "")
    Console(width=150).print(table)
    print(json.dumps({"articles": chosen.articles, "servers": found}))


def distilled(chosen: argparse.Namespace, kind: str) -> dict[str, Any]:
    """Return what a distillation by one server came to."""
    name, _, url = kind.partition("=")
    root = chosen.folder / name
    if not root.exists():
        shutil.copytree(prepared(chosen), root)
    try:
        with _running(chosen, name, url) as (address, key):
            began = time.monotonic()
            environment = {**os.environ, **({"DISTILLERY_API_KEY": key} if key else {})}
            done = subprocess.run(
                command(chosen, root, address), env=environment, stdout=subprocess.PIPE, text=True, check=True
            )
            seconds = time.monotonic() - began
    except (NotReadyError, DistilleryError) as error:
        return {"stopped": f"it did not start: {error}"}
    except subprocess.CalledProcessError as error:
        return {"stopped": f"the distillation stopped with status {error.returncode}; what it said stands above"}
    summary = json.loads(done.stdout)
    asking = sum(summary["stages"][stage]["seconds"] for stage in ASKING)
    return {
        **{stage: summary["stages"][stage] for stage in ASKING},
        "requests": summary["llm"]["requests"],
        "completion_tokens": summary["llm"]["completion_tokens"],
        "tokens_per_s": round(summary["llm"]["completion_tokens"] / asking, 2),
        "seconds": round(seconds, 1),
    }


def prepared(chosen: argparse.Namespace) -> Path:
    """Return a root with harvest, samples and vectors, made where it is not there."""
    root: Path = chosen.folder / "prepared"
    if not root.exists():
        making = chosen.folder / "preparing"
        with canned_server() as url:
            subprocess.run(command(chosen, making, url), stdout=subprocess.DEVNULL, check=True)
        making.rename(root)
    return root


def command(chosen: argparse.Namespace, root: Path, url: str) -> list[str]:
    """Return the command that distils the branch by a server."""
    options = ["--source", "sample", "--branch", chosen.branch, "--articles", str(chosen.articles)]
    if chosen.search_articles is not None:
        options += ["--search-articles", str(chosen.search_articles)]
    return [*COMMAND, "distill", *options, "--root", str(root), "--json", "--generator-url", url]


@contextmanager
def _running(chosen: argparse.Namespace, name: str, url: str) -> Iterator[tuple[str, str | None]]:
    """Return the address of a server and the key that it wants; it is started where it has no address."""
    log = chosen.folder / f"{name}.log"
    if url:
        yield url, None
    elif name == "vllm":
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        dtype = "auto" if has_gpu() else "float32"
        with Engine(EngineSettings(startup_seconds=STARTUP_SECONDS)) as engine:
            endpoint = engine.endpoint(LanguageModel(model=chosen.model, dtype=dtype))
            yield endpoint.url, endpoint.key
    elif name == "transformers":
        folder = model_folder(chosen.model) or chosen.model
        dtype = "auto" if computes_bfloat16() else "float32"
        serve = [str(Path(sys.executable).with_name("transformers")), "serve", str(folder)]
        listen = ["--host", "127.0.0.1", "--port", "{port}", "--dtype", dtype]
        with served([*serve, *listen], log, STARTUP_SECONDS) as address:
            yield address, None
    else:
        file = chosen.gguf or fetch(SMOLLM2) / next(iter(SMOLLM2.members))
        serve = [chosen.llama_python, "-m", "llama_cpp.server", "--model", str(file), "--n_ctx", str(LONGEST_PROMPT)]
        listen = ["--host", "127.0.0.1", "--port", "{port}", "--n_threads", str(os.cpu_count())]
        with served([*serve, *listen], log, STARTUP_SECONDS) as address:
            yield address, None


if __name__ == "__main__":
    main()
