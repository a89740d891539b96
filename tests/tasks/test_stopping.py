"""Signals sent to small programs of their own."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tasks import stopping

START = """
import logging, os, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from tasks import stopping
import polars  # takes the handler of SIGINT
logging.getLogger("distillery").addHandler(logging.StreamHandler(sys.stdout))
stopping.GRACE_SECONDS, stopping.LONGEST_SECONDS = {grace}, {longest}
stopping.heed_signals()
def say(text):
    os.write(1, f"{{text}}\\n".encode())  # whole, whatever another thread writes
"""
WAIT_FOR_A_BATCH = """
def batch(chunks):
    for number in range(chunks):
        stopping.check_stop()
        time.sleep(0.05)
    say("whole")
with ThreadPoolExecutor(1) as pool:
    future = pool.submit(batch, {chunks})
    try:
        say("started")
        future.result()
    except KeyboardInterrupt:
        say("heard")
        try:
            future.result()
        except stopping.Stopped:
            say("given up")
"""


def start(script: str, grace: float = 0.2, longest: float = 60.0, **values: object) -> subprocess.Popen[str]:
    program = textwrap.dedent(START.format(grace=grace, longest=longest) + script.format(**values))
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def test_a_waiting_main_thread_hears_ctrl_c_and_a_long_batch_is_given_up():
    process = start(WAIT_FOR_A_BATCH, chunks=2_000)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert sorted(said.splitlines()) == [
        "given up",
        "heard",
        "stopping: what ends within 0 s is kept; Ctrl-C again to stop at once",
    ]


def test_a_batch_that_ends_soon_is_kept():
    process = start(WAIT_FOR_A_BATCH, grace=60, chunks=20)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert {"heard", "whole"} < set(said.splitlines())


def test_a_second_ctrl_c_ends_at_once():
    process = start(WAIT_FOR_A_BATCH, grace=600, longest=600, chunks=100_000)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() in (
        "heard\n",
        "stopping: what ends within 600 s is kept; Ctrl-C again to stop at once\n",
    )
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 128 + signal.SIGINT


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_what_never_looks_is_ended_after_a_while(sign):
    deaf = """
    import signal
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    started = False
    while True:
        try:
            if not started:
                started = True
                say("started")
            time.sleep(600)
        except KeyboardInterrupt:
            pass
    """
    process = start(textwrap.dedent(deaf), longest=0.3)
    process.send_signal(sign)
    assert process.wait(60) == 128 + sign


def test_sigterm_is_heeded_whoever_handles_it():
    handled = """
    import signal
    class Ended(BaseException):
        pass
    def end(number, frame):
        raise Ended
    signal.signal(signal.SIGTERM, end)
    try:
        say("started")
        time.sleep(600)
    except Ended:
        try:
            stopping.sleep(600)
        except stopping.Stopped:
            say("both")
    """
    process = start(textwrap.dedent(handled))
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert said.splitlines() == ["stopping: what ends within 0 s is kept", "both"]


@pytest.mark.parametrize(("variable", "heeded"), [({}, False), ({stopping.RUN_OF_A_WORKER: "1"}, True)])
def test_a_script_that_calls_a_flow_keeps_its_own_handlers(variable, heeded):
    script = "from tasks import stopping; stopping.heed_signals_in_run(); print(stopping._heeding)"
    environment = {**os.environ, **variable}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"{heeded}\n"


def test_a_stopped_process_does_not_wait_for_its_libraries_to_be_unloaded():
    late = """
    import atexit
    class Unloaded:
        def __del__(self):
            time.sleep(600)
    threading.unloaded = Unloaded()
    try:
        say("started")
        time.sleep(600)
    except KeyboardInterrupt:
        stopping._requested.wait()
        say("said")
        sys.exit(130)
    """
    process = start(textwrap.dedent(late))
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert said.splitlines()[-1] == "said"
    assert process.returncode == 130
