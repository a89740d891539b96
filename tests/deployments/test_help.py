"""No --help waits for what the commands work with."""

import json
import subprocess
import sys

NOT_FOR_HELP = {
    "fsspec", "httpx", "lxml", "mesh.hierarchy", "networkx", "numba", "numpy", "peft", "plotly", "polars", "prefect",
    "pyarrow", "pydantic_settings", "rapidfuzz", "tokenizers", "torch", "transformers", "trl", "upath",
    "vllm", "yaml",
}  # fmt: skip
ASK_EACH = """
import contextlib, io, json, sys, typer
from deployments.cli.app import app

def lines(group, words=()):
    yield [*words, "--help"]
    for command in group.registered_commands:
        yield [*words, command.name or command.callback.__name__.replace("_", "-"), "--help"]
    for inner in group.registered_groups:
        yield from lines(inner.typer_instance, (*words, inner.name))

asked = {"import": [True, list(sys.modules)]}
for line in lines(app):
    with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.suppress(SystemExit):
        app(line)
    asked[" ".join(line)] = ["Usage: " in said.getvalue(), list(sys.modules)]
print(json.dumps(asked))
"""


def test_every_help_is_shown_without_importing_what_takes_long():
    done = subprocess.run([sys.executable, "-c", ASK_EACH], capture_output=True, text=True, check=True)
    asked = json.loads(done.stdout)
    assert {"--help", "distill --help", "evaluate bioasq --help", "mesh show --help", "worker --help"} <= asked.keys()
    assert len(asked) > 18
    for line, (helped, imported) in asked.items():
        assert helped, line
        assert NOT_FOR_HELP.isdisjoint(imported), line
    for line in ("import", "--help"):  # Typer itself reads options of commands with pydantic
        assert "pydantic" not in asked[line][1], line
