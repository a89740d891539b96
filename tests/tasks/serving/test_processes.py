import os
import signal
import socket
import subprocess
import sys
import time

import psutil

from tasks.serving.processes import free_port, start_logged, stop_group

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]


def gone(pid: int, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def started(tether: int) -> psutil.Process:
    while not (children := psutil.Process(tether).children()):
        time.sleep(0.05)
    return children[0]


def test_a_child_is_logged_and_stopped_with_all_it_started(tmp_path):
    log = tmp_path / "child.log"
    process = start_logged(SLEEP, log, {})
    child = started(process.pid)
    while "up" not in log.read_text():
        time.sleep(0.05)
    stop_group(process)
    assert gone(child.pid)
    assert process.returncode is not None
    stop_group(process)


def test_a_status_comes_through(tmp_path):
    process = start_logged([sys.executable, "-c", "raise SystemExit(7)"], tmp_path / "log", {"A": "b"})
    assert process.wait(20) == 7


def test_a_child_does_not_outlive_a_parent_that_was_killed(tmp_path):
    script = (
        "import time; from pathlib import Path; from tasks.serving.processes import start_logged;"
        f"p = start_logged({SLEEP!r}, Path({str(tmp_path / 'log')!r}), {{}}); print(p.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    tether = int(parent.stdout.readline())
    child = started(tether)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert gone(child.pid)
    assert gone(tether)


def test_nothing_listens_on_a_free_port():
    with socket.create_server(("127.0.0.1", free_port())):
        pass


def test_a_child_gets_no_variable_that_is_withheld(tmp_path, monkeypatch):
    monkeypatch.setenv("SOME_KEY", "secret")
    monkeypatch.setenv("SOME_PLACE", "here")
    show = "import os; print(os.environ.get('SOME_KEY'), os.environ['SOME_PLACE'], os.environ['MORE'])"
    log = tmp_path / "log"
    start_logged([sys.executable, "-c", show], log, {"MORE": "more"}, withheld=["SOME_KEY"]).wait(20)
    assert log.read_text() == "None here more\n"


def test_a_child_has_the_socket_that_it_is_to_inherit(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port, number = bound.getsockname()[1], bound.fileno()
        answer = f"import socket; socket.socket(fileno={number}).accept()[0].sendall(b'mine')"
        process = start_logged([sys.executable, "-c", answer], tmp_path / "log", {}, inherited=[number])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        assert connection.recv(4) == b"mine"
    assert process.wait(20) == 0


def test_a_child_takes_no_module_from_the_folder_where_it_is_started(tmp_path, monkeypatch):
    (tmp_path / "tasks.py").write_text("raise SystemExit('the wrong tasks')\n")
    (tmp_path / "secrets.py").write_text("raise SystemExit('the wrong secrets')\n")
    monkeypatch.chdir(tmp_path)
    child = start_logged([sys.executable, "-m", "tasks.serving.tether", "0", "true"], tmp_path / "log", {})
    child.wait(60)
    assert (tmp_path / "log").read_text() == ""
    command = [sys.executable, "-c", "import secrets; print(secrets.__file__)"]
    start_logged(command, tmp_path / "log", {}).wait(60)
    assert str(tmp_path) not in (tmp_path / "log").read_text()
