"""A Prefect server for a run that has none. A real one: Prefect's ephemeral mode loses task records at exit."""

import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from deployments.server_home import home_environment, open_home_or_another, password_file, server_password
from tasks.errors import DistilleryError
from tasks.logger import logger
from tasks.network.loopback import reach_loopback_directly
from tasks.network.mask import mask
from tasks.serving.processes import start_logged, stop_group
from tasks.settings import settings
from tasks.stopping import stop_requested

DRAIN_SECONDS = 10.0
LOG_TAIL_LINES = 3
HEALTH_SECONDS, SHORTEST_SECONDS = 5.0, 0.05

SERVER_ENVIRONMENT = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    # Half and less of the server's time per task record.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "200",
}
# What a server has no use for: keys of model servers, hubs and clouds, and proxies, whose address may hold a password.
SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH|PROXY", re.IGNORECASE)


class PrefectServerError(DistilleryError):
    """No Prefect server could be started or reached."""


@dataclass(frozen=True)
class Server:
    """A server that this process started: the address of its API, and where a browser signs in."""

    process: subprocess.Popen[bytes]
    url: str
    sign_in: str
    log: Path

    def await_health(self) -> None:
        """Wait until it answers; nothing else can, for it inherited the socket that this process bound.

        Raises:
            PrefectServerError: it ended, or did not answer in time.
        """
        limit = settings().server_seconds
        deadline = time.monotonic() + limit
        while not self._is_healthy(deadline - time.monotonic()):
            if self.process.poll() is not None:
                raise PrefectServerError(
                    f"the Prefect server ended with status {self.process.returncode} before it was ready; "
                    f"{self._tail()}"
                )
            if time.monotonic() > deadline:
                raise PrefectServerError(
                    f"the Prefect server was not ready within {limit:.0f} s; DISTILLERY_SERVER_SECONDS sets how long "
                    f"to wait, {self.log} says what it did"
                )
            time.sleep(0.2)

    def _is_healthy(self, within: float) -> bool:
        """Ask for no longer than is left: a server that is being started takes connections long before it answers."""
        seconds = min(HEALTH_SECONDS, max(within, SHORTEST_SECONDS))
        try:
            return httpx.get(f"{self.url}/health", timeout=seconds, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def _tail(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()[-LOG_TAIL_LINES:]
        return f"{self.log} ends: {' / '.join(lines)}"


@contextmanager
def prefect_server(root: str, meanwhile: Callable[[], object]) -> Iterator[None]:
    """Have the server that ``PREFECT_API_URL`` names, or else one that lives as long as the block.

    The server's database lies beside the tables, so that the history of runs is kept; ``distillery ui`` shows it.

    Args:
        meanwhile: what to do while a server starts, such as imports.

    Raises:
        PrefectServerError: the named server does not answer or refuses, or a new one did not start.
        ServerHomeError: the root can not hold what a server keeps.
    """
    reach_loopback_directly()
    named = os.environ.get("PREFECT_API_URL")
    if named:
        check_named_server(named)
        logger.info("Prefect: %s", mask(named.removesuffix("/api")))
        yield
        return
    with ExitStack() as stack:
        home = open_home_or_another(root, stack)
        server = start_server(home, stack, port=0)
        meanwhile()
        server.await_health()
        _end_every_run()
        logger.info("Prefect: %s, its password is in %s", server.url.removesuffix("/api"), password_file(home))
        try:
            yield
        finally:
            _drain()


def check_named_server(url: str) -> None:
    """Check that the server of ``PREFECT_API_URL`` answers and takes this client.

    Raises:
        PrefectServerError: it does not.
    """
    from prefect.client.orchestration import get_client  # Prefect reads its settings when it is imported

    with get_client(sync_client=True) as client:
        if client.api_healthcheck() is not None:
            raise PrefectServerError(
                f"no Prefect server answers at PREFECT_API_URL={mask(url)}; start it, or unset it to have one "
                "started for the run"
            )
        try:
            client.read_work_pools(limit=1)
        except httpx.HTTPStatusError as error:
            raise PrefectServerError(
                f"the Prefect server at PREFECT_API_URL={mask(url)} refuses this client with HTTP "
                f"{error.response.status_code}; set PREFECT_API_AUTH_STRING to its password"
            ) from error
        except (httpx.HTTPError, ValueError) as error:  # pydantic's errors among the values
            raise PrefectServerError(
                f"what answers at PREFECT_API_URL={mask(url)} is no Prefect server of version 3; set it to the "
                "address of one, which ends in /api, or unset it to have one started for the run"
            ) from error


def start_server(home: Path, stack: ExitStack, port: int) -> Server:
    """Start a server with a password on the loopback interface, until ``stack`` closes; clients find it from now on.

    Args:
        port: a TCP port; 0 for any that is free.

    Raises:
        PrefectServerError: the port can not be used.
        ServerHomeError: the password can not be kept.
    """
    password, secret = server_password(home), secrets.token_urlsafe(32)
    log = home / "server.log"
    with _listening(port) as bound:
        port = bound.getsockname()[1]
        url = f"http://127.0.0.1:{port}/api"
        command = [sys.executable, "-m", "deployments.guarded_server", "--port", str(port)]
        command += ["--socket", str(bound.fileno())]
        os.environ.pop("PREFECT_API_KEY", None)  # of another server
        os.environ |= {
            **home_environment(home),
            "PREFECT_API_URL": url,
            "PREFECT_API_AUTH_STRING": password,
            "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "true",
        }
        environment = {
            **SERVER_ENVIRONMENT,
            "PREFECT_SERVER_API_AUTH_STRING": password,
            "DISTILLERY_SIGN_IN": secret,
        }
        withheld = [name for name in os.environ if SECRET.search(name) and not name.startswith("PREFECT_")]
        process = start_logged(command, log, environment, withheld=withheld, inherited=[bound.fileno()])
    stack.callback(stop_group, process)
    return Server(process, url, f"http://127.0.0.1:{port}/sign-in#{secret}", log)


def _listening(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that end linger for a minute
    try:
        bound.bind(("127.0.0.1", port))
        bound.listen(socket.SOMAXCONN)
    except OSError as error:
        bound.close()
        raise PrefectServerError(
            f"port {port} of 127.0.0.1 can not be used ({error.strerror}); stop what listens there, or choose another "
            "--port"
        ) from error
    return bound


def _end_every_run() -> None:
    from deployments.abandoned_runs import end_every_run  # Prefect reads its settings when it is imported

    end_every_run()


def _drain() -> None:
    """Wait until the server has the last log lines and the end of every task run; both travel behind the run.

    A server that is gone by then takes them along, and nothing of the run's result.
    """
    from prefect.client.orchestration import get_client
    from prefect.logging.handlers import APILogHandler

    APILogHandler().flush()
    unfinished = {"task_runs": {"state": {"type": {"any_": ["RUNNING", "PENDING"]}}}}
    deadline = time.monotonic() + DRAIN_SECONDS
    with suppress(httpx.HTTPError), get_client(sync_client=True) as client:
        while time.monotonic() < deadline and not stop_requested():
            if client.request("POST", "/task_runs/count", json=unfinished).json() == 0:
                return
            time.sleep(0.2)
