"""Killed workers, and what a user set on a server: one that was not started by us, and that of ``distillery ui``."""

import os
import signal
import subprocess
import sys
import time

import httpx
import psutil
import pytest
from prefect.workers.process import ProcessWorker

from tasks.serving.processes import free_port
from tests.integration.conftest import COMMAND, Distillery
from tests.integration.running_ui import Api, RunningUi, distillation

pytestmark = pytest.mark.integration

DEAD_PROXY = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), "http://127.0.0.1:9")
PASSWORD = "the user's own: password"


class OwnServer:
    """A plain Prefect server of the user's with a password, behind a proxy that answers nothing."""

    def __init__(self, distillery: Distillery) -> None:
        self.distillery = distillery
        port = free_port()
        url = f"http://127.0.0.1:{port}/api"
        self.environment = {
            **distillery.environment(),
            **DEAD_PROXY,
            "PREFECT_API_URL": url,
            "PREFECT_API_AUTH_STRING": PASSWORD,
            "PREFECT_HOME": str(distillery.folder / "prefect"),
        }
        self.environment = {name: self.environment[name] for name in self.environment if name.lower() != "no_proxy"}
        command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)]
        self._process = subprocess.Popen(
            command,
            env={
                **self.environment,
                "PREFECT_SERVER_API_AUTH_STRING": PASSWORD,
                "DO_NOT_TRACK": "1",
                "PREFECT_LOGGING_LEVEL": "WARNING",
            },
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 300
        while not _is_up(url):
            assert time.monotonic() < deadline
            time.sleep(0.3)
        self.api = Api(url, PASSWORD)

    def command(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {**self.environment, **variables}
        return subprocess.run([COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=300)

    def worker(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([COMMAND, "worker"], env=self.environment)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(60)


def _is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def own(tmp_path_factory, corpus):
    server = OwnServer(Distillery(tmp_path_factory.mktemp("own"), corpus))
    deployed = server.command("deploy", "--root", str(server.distillery.folder / "root"))
    assert deployed.returncode == 0, deployed.stderr
    yield server
    server.stop()
    for process in server.distillery.processes():
        process.kill()


@pytest.fixture
def ui(tmp_path, corpus):
    with RunningUi(Distillery(tmp_path, corpus)) as running:
        yield running


def the_process(distillery: Distillery, part: str) -> psutil.Process:
    """Return the one process whose command line has a part, once there is one."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for process in distillery.processes():
            if part in " ".join(process.cmdline()) and "tether" not in " ".join(process.cmdline()):
                return process
        time.sleep(0.2)
    raise AssertionError(f"no {part}")


def test_a_server_with_a_password_is_used_past_a_proxy_and_a_killed_worker_blocks_nothing(own, slow_llm, llm):
    worker = own.worker()
    first = own.api.run("distill/branch", distillation(own.distillery, slow_llm))
    own.api.await_state(first, "RUNNING")
    second = own.api.run("distill/branch", distillation(own.distillery, llm))
    time.sleep(6)  # until Prefect has kept what the worker said of the run
    the_process(own.distillery, "prefect.engine").kill()
    worker.kill()
    worker.wait()
    assert own.api.get(f"/flow_runs/{first}")["state"]["type"] == "RUNNING"

    worker = own.worker()
    assert own.api.await_state(first, "CRASHED")["state"]["message"] == "Its process was killed."
    assert own.api.await_state(second, "COMPLETED", "FAILED", "CRASHED")["state"]["type"] == "COMPLETED"
    worker.send_signal(signal.SIGTERM)
    worker.wait(60)


@pytest.mark.slow
def test_the_server_itself_ends_a_run_that_sends_no_more_heartbeats(own, slow_llm):
    [automation] = own.api.post("/automations/filter", {}).json()
    shorter = {name: automation[name] for name in ("name", "description", "enabled", "trigger", "actions")}
    shorter["trigger"]["within"] = 60.0
    assert own.api.put(f"/automations/{automation['id']}", shorter).is_success
    worker = own.worker()
    run = own.api.run("distill/branch", distillation(own.distillery, slow_llm))
    own.api.await_state(run, "RUNNING")
    time.sleep(6)  # until the first heartbeat is kept
    the_process(own.distillery, "prefect.engine").kill()
    worker.kill()
    worker.wait()
    assert "No heartbeat" in own.api.await_state(run, "CRASHED")["state"]["message"]


def test_nothing_is_on_before_the_user_switches_it_on(own):
    assert [schedule["active"] for schedule in own.api.deployment("distill/branch")["schedules"]] == [False]
    harvest = own.api.deployment("harvest/pubmed")
    assert harvest["parameters"]["parameters"]["source"] == ["sample"]
    [daily] = harvest["schedules"]
    assert daily["active"] is False
    assert daily["parameters"]["parameters"]["source"] == ["baseline:"]
    pool = own.api.get("/work_pools/distillery")
    assert pool["concurrency_limit"] == 1
    assert "shown as Late" in pool["description"]


@pytest.fixture(scope="module")
def changed_by_the_user(own):
    """The server after a user, or an earlier version, changed what can be changed; deployed on again."""
    branch, harvest = own.api.deployment("distill/branch"), own.api.deployment("harvest/pubmed")
    asthma = {"parameters": {**branch["parameters"]["parameters"], "branch": "Asthma"}}
    weekly = {"active": True, "schedule": {"cron": "5 4 * * 2", "timezone": "Europe/Paris"}, "parameters": asthma}
    own.api.patch(f"/deployments/{branch['id']}/schedules/{branch['schedules'][0]['id']}", weekly)
    by_hand = {"active": True, "schedule": {"interval": 86400.0}, "parameters": {}}
    own.api.post(f"/deployments/{branch['id']}/schedules", [by_hand])
    earlier = {"active": True, "parameters": {}}
    own.api.patch(f"/deployments/{harvest['id']}/schedules/{harvest['schedules'][0]['id']}", earlier)
    own.api.patch(f"/deployments/{harvest['id']}", {"job_variables": {"env": {"DISTILLERY_ROOT": "/before"}}})
    open_template = ProcessWorker.get_default_base_job_template()
    own.api.patch("/work_pools/distillery", {"concurrency_limit": 2, "base_job_template": open_template})
    before = own.api.deployment("distill/branch")["schedules"]
    assert len(before) == 2
    deployed = own.command("deploy", "--root", "/elsewhere")
    assert deployed.returncode == 0, deployed.stderr
    return own, before


def test_schedules_stay_as_the_user_set_them(changed_by_the_user):
    own, before = changed_by_the_user
    after = {schedule["slug"]: schedule for schedule in own.api.deployment("distill/branch")["schedules"]}
    assert after == {schedule["slug"]: schedule for schedule in before}
    assert after["weekly"]["active"]
    assert after["weekly"]["parameters"]["parameters"]["branch"] == "Asthma"
    assert after["weekly"]["schedule"]["cron"] == "5 4 * * 2"
    assert after[None]["schedule"]["interval"] == 86400.0


def test_a_daily_schedule_of_an_earlier_version_still_brings_all_of_pubmed(changed_by_the_user):
    own, _ = changed_by_the_user
    [daily] = own.api.deployment("harvest/pubmed")["schedules"]
    assert daily["parameters"]["parameters"]["source"] == ["baseline:"]
    assert daily["active"] is True


def test_the_users_limit_stays_and_there_is_one_automation(changed_by_the_user):
    own, _ = changed_by_the_user
    assert own.api.get("/work_pools/distillery")["concurrency_limit"] == 2
    [automation] = own.api.post("/automations/filter", {}).json()
    assert automation["trigger"]["posture"] == "Proactive"
    own.command("deploy", "--root", "/elsewhere", "--at-once", "3")
    assert own.api.get("/work_pools/distillery")["concurrency_limit"] == 3


def test_a_pool_and_deployments_of_an_earlier_version_are_closed(changed_by_the_user):
    own, _ = changed_by_the_user
    pool = own.api.get("/work_pools/distillery")
    assert pool["base_job_template"]["job_configuration"]["env"]["DISTILLERY_ROOT"] == "/elsewhere"
    path = f"/deployments/{own.api.deployment('harvest/pubmed')['id']}/create_flow_run"
    assert own.api.post(path, {"job_variables": {"command": "sh -c id"}}).status_code == 422
    waiting = own.api.post(path, {})
    assert waiting.status_code == 201, waiting.text
    own.api.post(f"/flow_runs/{waiting.json()['id']}/set_state", {"state": {"type": "CANCELLED"}, "force": True})


@pytest.mark.parametrize("password", ["", "wrong"])
def test_a_server_that_refuses_is_a_sentence(own, password):
    for command in ("deploy", "worker"):
        refused = own.command(command, PREFECT_API_AUTH_STRING=password)
        assert refused.returncode == 1
        assert "refuses this client with HTTP 401; set PREFECT_API_AUTH_STRING" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_the_ui_starts_a_killed_worker_again_and_says_so(ui, slow_llm, llm):
    run = ui.api.run("distill/branch", distillation(ui.distillery, slow_llm))
    ui.api.await_state(run, "RUNNING")
    time.sleep(6)  # until Prefect has kept what the worker said of the run
    engine = the_process(ui.distillery, "prefect.engine")
    os.kill(the_process(ui.distillery, "worker start").pid, signal.SIGKILL)
    ui.await_told("is started again")
    assert ui.api.await_state(run, "CRASHED")["state"]["message"] == "Its process was killed."
    assert not engine.is_running() or engine.status() == psutil.STATUS_ZOMBIE
    second = ui.api.run("distill/branch", distillation(ui.distillery, llm))
    assert ui.api.await_state(second, "COMPLETED", "FAILED", "CRASHED")["state"]["type"] == "COMPLETED"
