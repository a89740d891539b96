"""The training process: python -m tasks.tuning.run FOLDER (or under ``accelerate launch``, once per GPU)."""

import logging
import os
import sys
from pathlib import Path

from tasks.errors import DistilleryError
from tasks.tuning.job import TrainingFolder
from tasks.tuning.progress import Progress, ProgressLog


def main() -> None:
    """Train; what a user can mend is told in one sentence, and the exit status is 1."""
    logging.basicConfig(format="%(message)s")  # to the training's log.txt
    folder = TrainingFolder(Path(sys.argv[1]))
    log = ProgressLog(folder.progress)
    if os.environ.get("RANK", "0") == "0":
        log.tell(Progress(phase="loading"))
    import torch  # takes seconds to import, and so does what follows

    from tasks.tuning.fit import fit

    try:
        fit(folder)
    except DistilleryError as error:
        log.tell(Progress(phase="failed", problem=str(error)))
        sys.exit(1)
    except torch.OutOfMemoryError as error:
        advice = "lower device_batch or max_length, then run the same command again to go on from the last checkpoint"
        log.tell(Progress(phase="failed", problem=f"the GPU's memory ran out ({error}); {advice}"))
        sys.exit(1)


if __name__ == "__main__":
    main()
