"""Where a training runs: how many processes, in which precision. torch is not asked, it takes seconds to import."""

import math
import os

from tasks.errors import DistilleryError
from tasks.hardware import compute_capabilities, computes_bfloat16, has_gpu
from tasks.tuning.settings import AnyTraining


def resolve(settings: AnyTraining) -> AnyTraining:
    """Return the settings with the precision that "auto" comes to here: bfloat16 where the hardware computes in it.

    There it takes a third of the time and two thirds of the memory of float32.

    Raises:
        DistilleryError: 4-bit weights are asked for where there is no GPU.
    """
    if settings.four_bit and not has_gpu():
        raise DistilleryError("four_bit needs an NVIDIA GPU, and nvidia-smi lists none; set four_bit to false")
    if settings.dtype != "auto":
        return settings
    return settings.model_copy(update={"dtype": "bfloat16" if computes_bfloat16() else "float32"})


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
    return [str(index) for index in range(len(compute_capabilities()))]
