"""Run a command that must not outlive its parent: a parent killed outright can stop nothing itself.

    python -m tasks.serving.tether PARENT_PID COMMAND ...

Everything stays in one process group, which the parent ends with SIGTERM as if this process were not there.
"""

import os
import signal
import subprocess
import sys
import time

GRACE_SECONDS = 2.0


def main() -> None:
    """Start the command and end it when the parent is gone; exit with the command's status."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    child = subprocess.Popen(command, close_fds=False)  # what was given to inherit is meant for the command
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the command ends by it, and this process by the command's end
    while child.poll() is None:
        if os.getppid() != parent:
            os.killpg(0, signal.SIGTERM)
            _wait_or_kill(child)
        time.sleep(0.5)
    sys.exit(child.returncode if child.returncode >= 0 else 128 - child.returncode)


def _wait_or_kill(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
