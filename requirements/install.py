"""Make or refresh a virtual environment from the locks. Needs Python 3.11 and pip alone.

    python3.11 requirements/install.py .venv            what runs the software
    python3.11 requirements/install.py .venv --dev      and what tests it

The lock for CUDA is taken where an NVIDIA driver lists a GPU, the one for CPUs elsewhere. A lock is complete, so pip
resolves nothing (--no-deps): resolving would bring in CUDA builds that break beside the CPU build of torch.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def main() -> None:
    """Install what is missing; nothing when the locks have not changed since."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path, help="the virtual environment")
    arguments.add_argument("--dev", action="store_true", help="install what the tests need, too")
    chosen = arguments.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before anything has checked
        sys.exit(f"mesh-distillery needs Python 3.11, this is {sys.version.split()[0]}; run make PYTHON=python3.11")
    python = make_environment(chosen.folder)
    runtime = HERE / ("cuda.lock" if has_gpu() else "cpu.lock")
    install_lock(python, chosen.folder, runtime)
    install_project(python, chosen.folder)
    if chosen.dev:
        install_lock(python, chosen.folder, HERE / "dev.lock")


def make_environment(folder: Path) -> Path:
    """Create the virtual environment where there is none, and return its interpreter."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    return python


def has_gpu() -> bool:
    """Return whether an NVIDIA driver lists a GPU here."""
    program = shutil.which("nvidia-smi")
    return program is not None and subprocess.run([program, "-L"], capture_output=True).returncode == 0


def install_lock(python: Path, folder: Path, lock: Path) -> None:
    """Install every distribution of a lock, unless this very lock was installed before."""
    stamp, content = folder / f".{lock.stem}", hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == content:
        return
    pip(python, "install", "--no-deps", "-r", str(lock), *torch_index(python, lock))
    stamp.write_text(content)


def install_project(python: Path, folder: Path) -> None:
    """Install the project itself, editable, unless its metadata is installed already."""
    metadata = HERE.parent / "pyproject.toml"
    stamp, content = folder / ".project", hashlib.sha256(metadata.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != content:
        pip(python, "install", "--no-deps", "--no-build-isolation", "-e", str(HERE.parent))
        stamp.write_text(content)


def torch_index(python: Path, lock: Path) -> list[str]:
    """Return the option that names PyTorch's CPU index, where pip does not find the CPU build without it."""
    pinned = [line.strip() for line in lock.read_text().splitlines() if line.startswith("torch==") and "+cpu" in line]
    if not pinned:
        return []
    asked = [python, "-m", "pip", "install", "--quiet", "--dry-run", "--no-deps", "--retries", "1", pinned[0]]
    found = subprocess.run(asked, capture_output=True).returncode == 0
    return [] if found else ["--extra-index-url", TORCH_CPU_INDEX]


def pip(python: Path, *arguments: str) -> None:
    """Run pip; end with its status when it fails."""
    command = [str(python), "-m", "pip", "--disable-pip-version-check", *arguments, "--quiet"]
    status = subprocess.run(command).returncode
    if status:
        sys.exit(f"pip failed with status {status}: {' '.join(command)}")


if __name__ == "__main__":
    main()
