"""What a web page, or another account of the machine, can do with a server that ``distillery ui`` started: nothing."""

import json

import httpx
import psutil
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.integration.conftest import Distillery
from tests.integration.running_ui import RunningUi

pytestmark = pytest.mark.integration

KEYS = {"DISTILLERY_API_KEY": "llm-key-5c1", "NCBI_API_KEY": "ncbi-key-5c2", "HF_TOKEN": "hub-token-5c3"}
PAGE = {"Origin": "https://evil.example"}


@pytest.fixture(scope="module")
def ui(tmp_path_factory, corpus):
    with RunningUi(Distillery(tmp_path_factory.mktemp("door"), corpus), **KEYS) as running:
        yield running


@pytest.fixture
def page(ui):
    """A client that knows the port and no more."""
    with httpx.Client(base_url=f"{ui.address}/api", trust_env=False) as client:
        yield client


def hostile(ui: RunningUi) -> tuple[str, str]:
    """Return the request that ran a command: the path, and a body that marks a file."""
    command = f"sh -c 'id > {ui.distillery.folder / 'pwned'}'"
    path = f"/deployments/{ui.api.deployment('harvest/pubmed')['id']}/create_flow_run"
    return path, json.dumps({"job_variables": {"command": command}})


@pytest.mark.parametrize("kind", [None, "text/plain", "application/json"])
@pytest.mark.parametrize("sent_by", [PAGE, {"Origin": "null"}, {"Host": "evil.example"}, {}])
def test_the_page_that_ran_a_command_is_refused(ui, page, sent_by, kind):
    path, body = hostile(ui)
    headers = {**sent_by, **({} if kind is None else {"Content-Type": kind})}
    for content in (body, "{}"):
        assert page.post(path, content=content, headers=headers).status_code in (400, 401, 403)
    assert page.post("/deployments/filter", content="{}", headers=headers).status_code in (400, 401, 403)
    assert ui.api.post("/flow_runs/count", {}).json() == 0
    assert not (ui.distillery.folder / "pwned").exists()


def test_a_preflight_is_not_granted(page):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    answered = page.options("/deployments/filter", headers={**PAGE, **asked})
    assert answered.status_code == 403
    assert "access-control-allow-origin" not in answered.headers


@pytest.mark.parametrize(
    "path", ["/admin/version", "/admin/settings", "/metrics", "/docs", "/openapi.json", "/version"]
)
def test_nothing_is_told_without_the_password(page, path):
    assert page.get(path).status_code == 401


def test_whether_it_is_well_is_told_to_anyone_here(page):
    assert page.get("/health").json() is True


@pytest.mark.parametrize("path", ["events/in", "events/out", "logs/out", "task_runs/subscriptions/scheduled"])
def test_web_sockets_are_closed_to_pages(ui, path):
    for headers in ({"origin": "https://evil.example"}, {}):
        with pytest.raises(InvalidStatus, match="403"):
            connect(f"ws://127.0.0.1:{ui.port}/api/{path}", proxy=None, **headers).close()


@pytest.mark.parametrize(
    "variables",
    [{"command": "sh -c id"}, {"env": {"LD_PRELOAD": "x"}}, {"env.PYTHONPATH": "/tmp"}, {"working_dir": "/"}],
)
def test_a_run_names_no_command_even_with_the_password(ui, variables):
    path, _ = hostile(ui)
    refused = ui.api.post(path, {"job_variables": variables})
    assert refused.status_code == 422
    assert "Additional properties are not allowed" in refused.text


def test_the_password_alone_changes_nothing(ui):
    refused = ui.api._client.post("/deployments/filter", json={})
    assert refused.status_code == 403
    assert "CSRF" in refused.text


def test_everything_listens_on_this_machine_alone(ui):
    listening = [
        connection.laddr.ip
        for process in ui.distillery.processes()
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert set(listening) == {"127.0.0.1"}


def test_keys_reach_the_worker_and_not_the_server_and_stand_in_no_command_line(ui):
    secrets = {*KEYS.values(), ui.password, ui.sign_in.partition("#")[2]}
    holders = {name: set() for name in KEYS}
    for process in ui.distillery.processes():
        line = " ".join(process.cmdline())
        assert not any(secret in line for secret in secrets)
        for name in holders.keys() & process.environ().keys():
            holders[name].add("server" if "guarded_server" in line else "worker" if "worker" in line else "ui")
    assert all(found == {"worker", "ui"} for found in holders.values())


def test_keys_and_passwords_stand_in_no_file_but_the_one(ui):
    secrets = [secret.encode() for secret in (*KEYS.values(), ui.password)]
    files = [path for path in ui.distillery.folder.rglob("*") if path.is_file() and path != ui.home / "password"]
    assert ui.home / "prefect.db" in files
    assert [path for path in files if any(secret in path.read_bytes() for secret in secrets)] == []
