"""Environments of their own for the libraries that benchmarks compare with; none of them is a dependency."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PEERS = ("pubmed_parser==0.5.1", "biopython==1.88", "pubmedparser2==2.1.3", "lxml==6.1.3", "nxontology==0.5.0")


def peers_python(folder: Path = Path(".venv-peers"), packages: Sequence[str] = PEERS) -> str:
    """Return the interpreter of an environment of these packages, made where there is none.

    Raises:
        CalledProcessError: pip failed; its ``stderr`` says why.
    """
    python = folder / "bin" / "python"
    if not python.exists():
        made = folder.with_name(f"{folder.name}.part")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(made)], check=True)
        install = [str(made / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, *packages], check=True, stderr=subprocess.PIPE, text=True)
        made.rename(folder)
    return str(python)
