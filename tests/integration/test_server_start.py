"""Circumstances in which a server has to start, or to say in a sentence why it can not."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

import deployments
from tasks.serving.processes import free_port
from tests.integration.conftest import COMMAND, Distillery

pytestmark = pytest.mark.integration

DEAD_PROXY = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), "http://127.0.0.1:9")


def run(distillery: Distillery, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**distillery.environment(), **variables}
    return subprocess.run([COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=300)


def harvest(distillery: Distillery, **variables: str) -> subprocess.CompletedProcess[str]:
    root = str(distillery.folder / "root")
    return run(distillery, "harvest", "--source", str(distillery.source), "--root", root, "--json", **variables)


def test_a_proxy_does_not_take_what_is_on_this_machine(distillery, monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    done = harvest(distillery, **DEAD_PROXY)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["new"] == 150


def test_a_damaged_database_costs_the_history_and_no_table(distillery):
    assert harvest(distillery).returncode == 0
    home = distillery.folder / "root" / ".prefect"
    (home / "prefect.db").write_bytes(os.urandom(50_000))
    again = harvest(distillery)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["new"] == 0
    assert f"Prefect's database {home / 'prefect.db'} is damaged and was renamed to prefect.db.2" in again.stderr
    assert len(list(home.glob("prefect.db.2*"))) == 1
    assert "renamed" not in harvest(distillery).stderr


@pytest.mark.parametrize("command", [["distill"], ["harvest", "--source", "sample"], ["extract"], ["ui"]])
def test_a_root_that_is_a_file_is_a_sentence(distillery, command):
    (distillery.folder / "file").write_text("not a folder")
    done = run(distillery, *command, "--root", str(distillery.folder / "file"))
    assert done.returncode == 1
    assert f"{distillery.folder / 'file'} is a file, expected a folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_is_no_prefect_is_a_sentence(distillery, llm):
    done = run(distillery, "deploy", "--root", str(distillery.folder), PREFECT_API_URL=llm.url)
    assert done.returncode == 1
    assert "is no Prefect server" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_uis_that_start_at_once_on_one_port_do_not_meet(tmp_path, corpus):
    first, second = (Distillery(tmp_path / name, corpus) for name in ("first", "second"))
    for distillery in (first, second):
        distillery.folder.mkdir()
    port = str(free_port())
    log = first.folder / "log"
    command = [COMMAND, "ui", "--root", str(first.folder / "root"), "--port", port]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=first.environment(), stderr=output)
    try:
        deadline = time.monotonic() + 120
        while "starting Prefect's server" not in log.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        refused = run(second, "ui", "--root", str(second.folder / "root"), "--port", port)
        assert refused.returncode == 1
        assert f"port {port} of 127.0.0.1 can not be used (Address already in use)" in refused.stderr
        assert "deployed" not in refused.stderr
    finally:
        process.terminate()
        process.wait(60)
    assert first.processes() == []


def test_a_server_that_does_not_start_in_time_is_a_sentence_that_names_the_setting(distillery):
    done = harvest(distillery, DISTILLERY_SERVER_SECONDS="0.1")
    assert done.returncode == 1
    assert "not ready within 0 s; DISTILLERY_SERVER_SECONDS sets how long to wait" in done.stderr
    assert distillery.processes() == []


def test_the_guard_runs_without_the_rest_of_the_package_as_in_the_servers_image(tmp_path):
    (tmp_path / "deployments").mkdir()
    for name in ("__init__.py", "guarded_server.py"):
        shutil.copy(Path(deployments.__file__).with_name(name), tmp_path / "deployments")
    port = free_port()
    command = [sys.executable, "-m", "deployments.guarded_server", "--port", str(port)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment = {**kept, "PREFECT_HOME": str(tmp_path / "home"), "DISTILLERY_SERVER_HOSTS": "prefect,"}
    without = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert without.returncode == 1
    assert "PREFECT_SERVER_API_AUTH_STRING is not set" in without.stderr
    server = subprocess.Popen(command, cwd=tmp_path, env={**environment, "PREFECT_SERVER_API_AUTH_STRING": "word"})
    try:
        deadline = time.monotonic() + 300
        while not _listens(port):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
            assert client.get("/api/health", headers={"Host": "prefect:4200"}).json() is True
            assert client.get("/api/health", headers={"Host": "evil.example"}).status_code == 400
            assert client.get("/api/admin/version").status_code == 401
    finally:
        server.terminate()
        server.wait(60)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
