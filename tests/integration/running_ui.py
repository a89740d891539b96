"""``distillery ui`` as a child process, and a client that has its password."""

import base64
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Self

import httpx

from flows.parameters import Distillation
from tasks.serving.model import LanguageModel
from tasks.serving.processes import free_port
from tests.fake_llm import MODEL, FakeLlm
from tests.integration.conftest import COMMAND, Distillery

START_SECONDS = 300


class Api:
    """A client of Prefect's API, as programs use it: with the password, and a CSRF token for what changes something."""

    def __init__(self, url: str, password: str) -> None:
        allowed = {"Authorization": f"Basic {base64.b64encode(password.encode()).decode()}"}
        self._client = httpx.Client(base_url=url, headers=allowed, trust_env=False, timeout=30)

    def get(self, path: str) -> Any:
        return self._patiently("GET", path).raise_for_status().json()

    def post(self, path: str, body: Any) -> httpx.Response:
        return self._send("POST", path, body)

    def patch(self, path: str, body: Any) -> httpx.Response:
        return self._send("PATCH", path, body)

    def put(self, path: str, body: Any) -> httpx.Response:
        return self._send("PUT", path, body)

    def deployment(self, name: str) -> dict[str, Any]:
        return self.get(f"/deployments/name/{name}")

    def run(self, name: str, body: dict[str, Any]) -> str:
        made = self.post(f"/deployments/{self.deployment(name)['id']}/create_flow_run", body)
        return str(made.raise_for_status().json()["id"])

    def await_state(self, run: str, *wanted: str, seconds: float = 240) -> dict[str, Any]:
        """Return the run once it is in one of the states."""
        deadline = time.monotonic() + seconds
        while (found := self.get(f"/flow_runs/{run}"))["state"]["type"] not in wanted:
            assert time.monotonic() < deadline, found["state"]
            time.sleep(0.5)
        return found

    def _send(self, method: str, path: str, body: Any) -> httpx.Response:
        given = self._patiently("GET", "/csrf-token?client=test")  # refused where the server asks for none
        token = given.json()["token"] if given.is_success else ""
        headers = {"Prefect-Csrf-Token": token, "Prefect-Csrf-Client": "test"}
        return self._patiently(method, path, json=body, headers=headers)

    def _patiently(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask again while the server says that its database is busy, as Prefect's own client does."""
        deadline = time.monotonic() + 60
        while (answer := self._client.request(method, path, **options)).status_code == 503:
            assert time.monotonic() < deadline
            time.sleep(0.5)
        return answer


def distillation(distillery: Distillery, llm: FakeLlm) -> dict[str, Any]:
    """Return what the form sends for ten articles whose questions and answers a local server writes."""
    parameters = Distillation(branch="Breast Neoplasms", articles=10, source=[str(distillery.source)])
    asked = parameters.model_dump(mode="json")
    for part in [*asked["generators"], asked["answerer"]]:
        part["language_model"] = LanguageModel(model=MODEL, url=llm.url).model_dump(mode="json")
    return {"parameters": {"parameters": asked}}


class RunningUi:
    """The command until the block ends; ``told`` is what it has printed."""

    def __init__(self, distillery: Distillery, *options: str, **variables: str) -> None:
        self.distillery = distillery
        self.root = distillery.folder / "root"
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._log = distillery.folder / "ui.log"
        self._command = [COMMAND, "ui", "--root", str(self.root), "--port", str(self.port), *options]
        self._environment = {**distillery.environment(), **variables}

    def __enter__(self) -> Self:
        with self._log.open("wb") as output:
            self.process = subprocess.Popen(self._command, env=self._environment, stderr=output)
        self.await_told("shown as Late")
        self.api = Api(f"{self.address}/api", self.password)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        assert self.distillery.processes() == []

    @property
    def told(self) -> str:
        return self._log.read_text()

    @property
    def home(self) -> Path:
        return self.root / ".prefect"

    @property
    def password(self) -> str:
        return (self.home / "password").read_text().strip()

    @property
    def sign_in(self) -> str:
        found = re.search(r"open (\S+/sign-in#\S+)", self.told)
        assert found, self.told
        return found[1]

    def await_told(self, text: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while text not in self.told:
            assert self.process.poll() is None, self.told
            assert time.monotonic() < deadline, self.told
            time.sleep(0.2)
