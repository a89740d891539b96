"""What this machine has."""

import shutil
import subprocess
from functools import cache


@cache
def has_gpu() -> bool:
    """Return whether an NVIDIA driver lists a GPU here; torch is not asked, it takes seconds to import."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    listed = subprocess.run([program, "-L"], capture_output=True, text=True, check=False)
    return listed.returncode == 0 and "GPU" in listed.stdout
