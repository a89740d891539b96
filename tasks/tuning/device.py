"""Where a training runs: how many processes, in which precision. torch is not asked, it takes seconds to import."""

import math
import os
import shutil
import subprocess
from pathlib import Path

from tasks.errors import DistilleryError
from tasks.serving.hardware import has_gpu
from tasks.tuning.settings import AnyTraining

BFLOAT16_CAPABILITY = 8.0
BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})
CPUINFO = Path("/proc/cpuinfo")


def resolve(settings: AnyTraining) -> AnyTraining:
    """Return the settings with the precision that "auto" comes to here: bfloat16 where the hardware computes in it.

    That are GPUs from Ampere on, and CPUs with AVX-512 or AMX instructions for it, where it takes a third of the time
    and two thirds of the memory of float32; elsewhere it would be emulated.

    Raises:
        DistilleryError: 4-bit weights are asked for where there is no GPU.
    """
    if settings.four_bit and not has_gpu():
        raise DistilleryError("four_bit needs an NVIDIA GPU, and nvidia-smi lists none; set four_bit to false")
    if settings.dtype != "auto":
        return settings
    fit = min(_compute_capabilities()) >= BFLOAT16_CAPABILITY if has_gpu() else bool(BFLOAT16_FLAGS & _cpu_flags())
    return settings.model_copy(update={"dtype": "bfloat16" if fit else "float32"})


def processes(settings: AnyTraining) -> int:
    """Return how many processes train together: as asked, else one per visible GPU, else one.

    Raises:
        DistilleryError: a step's rows can not be shared out equally.
    """
    count = settings.processes or max(1, len(visible_gpus()))
    if settings.effective_batch % count:
        raise DistilleryError(
            f"effective_batch {settings.effective_batch} is no multiple of the {count} processes that train together; "
            "change effective_batch, or set processes to a divisor of it"
        )
    return count


def rows_per_pass(settings: AnyTraining, count: int) -> int:
    """Return how many rows each of ``count`` processes takes at once: the most that make up a step exactly."""
    share = settings.effective_batch // count
    return max(rows for rows in range(1, min(settings.device_batch, share) + 1) if share % rows == 0)


def steps_per_epoch(rows: int, settings: AnyTraining) -> int:
    """Return how many steps it takes to see every row once; the last one may have fewer rows."""
    return max(1, math.ceil(rows / settings.effective_batch))


def visible_gpus() -> list[str]:
    """Return the GPUs that this process may use, by index or identifier; none without a driver."""
    if not has_gpu():
        return []
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return [gpu for gpu in chosen.split(",") if gpu.strip() not in ("", "-1")]
    return [str(index) for index in range(len(_compute_capabilities()))]


def _compute_capabilities() -> list[float]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    command = [program, "--query-gpu=compute_cap", "--format=csv,noheader"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [float(line) for line in listed.split() if line.replace(".", "", 1).isdigit()]


def _cpu_flags() -> frozenset[str]:
    lines = CPUINFO.read_text().splitlines() if CPUINFO.exists() else []
    return frozenset(next((line for line in lines if line.startswith("flags")), "").split())
