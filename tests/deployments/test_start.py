import signal
import subprocess
import sys

import pytest

SLOW = """
import sys, time
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "deployments.cli.app":
            print("importing", flush=True)
            time.sleep(60)
sys.meta_path.insert(0, Slow())
from deployments.cli.start import main
main()
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_still_imported_ends_without_a_traceback(sign):
    process = subprocess.Popen([sys.executable, "-c", SLOW], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "importing\n"
    process.send_signal(sign)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (-sign, "")
