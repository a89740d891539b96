"""What this machine has. torch is not asked, it takes seconds to import."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

BFLOAT16_CAPABILITY = 8.0
BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})
ISA_LIMITS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
BFLOAT16_ISAS = ("BF16", "FP16", "AMX", "AVX10", "DEFAULT", "ALL")
CPUINFO = Path("/proc/cpuinfo")


@cache
def has_gpu() -> bool:
    """Return whether an NVIDIA driver lists a GPU here."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    listed = subprocess.run([program, "-L"], capture_output=True, text=True, check=False)
    return listed.returncode == 0 and "GPU" in listed.stdout


def computes_bfloat16() -> bool:
    """Return whether the hardware computes in bfloat16; elsewhere it is emulated, and slow.

    These are GPUs from Ampere on, and CPUs with AVX-512 or AMX instructions for it.
    """
    if has_gpu():
        return min(compute_capabilities(), default=0.0) >= BFLOAT16_CAPABILITY
    return cpu_computes_bfloat16()


def cpu_computes_bfloat16() -> bool:
    """Return whether the CPU does, and the environment lets oneDNN, which PyTorch and vLLM multiply with, use it.

    ``ONEDNN_MAX_CPU_ISA`` imitates a lesser processor: https://uxlfoundation.github.io/oneDNN/dev_guide_cpu_dispatcher_control.html
    """
    return bool(BFLOAT16_FLAGS & cpu_flags()) and not _is_limited()


def _is_limited() -> bool:
    limits = [os.environ[name].upper() for name in ISA_LIMITS if os.environ.get(name)]
    return any(not any(isa in limit for isa in BFLOAT16_ISAS) for limit in limits)


def compute_capabilities() -> list[float]:
    """Return the compute capability of every GPU; none without a driver."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    command = [program, "--query-gpu=compute_cap", "--format=csv,noheader"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [float(line) for line in listed.split() if line.replace(".", "", 1).isdigit()]


def cpu_flags() -> frozenset[str]:
    """Return the CPU's features as Linux names them; none elsewhere."""
    lines = CPUINFO.read_text().splitlines() if CPUINFO.exists() else []
    return frozenset(next((line for line in lines if line.startswith("flags")), "").split())
