"""An environment of its own for the libraries that benchmarks compare with; none of them is a dependency."""

import subprocess
import sys
from pathlib import Path

PEERS = ("pubmed_parser==0.5.1", "biopython==1.88", "pubmedparser2==2.1.3", "lxml==6.1.3", "nxontology==0.5.0")


def peers_python(folder: Path = Path(".venv-peers")) -> str:
    """Return the interpreter of the peers' environment, made where there is none."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEERS]
        subprocess.run(install, check=True)
    return str(python)
