"""vLLM as a child process: started when first asked for, healthy before use, stopped whatever happens."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from pydantic import BaseModel, ConfigDict, Field

from tasks.assets.fetch import model_folder
from tasks.errors import DistilleryError
from tasks.hardware import has_gpu
from tasks.logger import logger
from tasks.network.client import client_options
from tasks.network.mask import NO_BUSINESS_OF_MODELS, conceal, mask
from tasks.serving.endpoint import Endpoint, EndpointError, bearer, connect
from tasks.serving.guard import KEY_VARIABLE, Guard
from tasks.serving.merge import merged_folder
from tasks.serving.model import LanguageModel
from tasks.serving.processes import free_port, start_logged, stop_group
from tasks.stopping import Stopped, stop_requested

LOG_TAIL_LINES, LOG_TAIL_CHARACTERS = 5, 2_000


class EngineSettings(BaseModel):
    """How vLLM is started; nothing here changes what a model says, but the longest prompt bounds what it accepts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_model_len: int = Field(default=4096, ge=256, title="Longest prompt and answer, in tokens")
    kv_cache_gib: int = Field(default=2, ge=1, title="Cache for attention on a CPU, in GiB")
    startup_seconds: float = Field(
        default=600.0,
        gt=0,
        title="Longest wait for the engine, in seconds",
        description="From its start on: what is fetched, converted or merged before does not count.",
    )


class Engine:
    """One vLLM server at a time. ``endpoint`` starts it, changes its model, or hands on a server that runs already."""

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._preparing: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._key = secrets.token_urlsafe(32)
        self._log = Path(os.devnull)
        self._serving: tuple[LanguageModel, Endpoint] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        if self._preparing is not None:
            self._preparing.join()
        self.stop()

    def __reduce__(self) -> tuple[type["Engine"], tuple[EngineSettings]]:
        """Travel to a worker of a cluster without the server; models have URLs there (see ``resolve``)."""
        return Engine, (self.settings,)

    @property
    def cache_identity(self) -> None:
        """Nothing: where a model is served changes no row."""

    def endpoint(self, model: LanguageModel) -> Endpoint:
        """Return where ``model`` is served, starting vLLM for it where it names no URL.

        Raises:
            EndpointError: vLLM ended before it was ready, or was not ready in time.
            Stopped: the run ended, or was asked to stop, before it was ready.
        """
        if model.url is not None:
            return connect(model)
        with self._lock:
            if self._serving is None or self._serving[0] != model or self._ended():
                self.stop()
                self._serving = (model, self._start(model))
            return self._serving[1]

    def prepare(self, model: LanguageModel) -> None:
        """Start serving ``model`` in the background, so that it is ready when it is first asked for."""
        self._preparing = threading.Thread(target=self._prepare, args=(model,), name="engine")
        self._preparing.start()

    def stop(self) -> None:
        """Stop the server and everything that it started."""
        if self._process is not None:
            stop_group(self._process)
        self._process, self._serving = None, None

    def _prepare(self, model: LanguageModel) -> None:
        try:
            self.endpoint(model)
        except DistilleryError as error:
            logger.warning("%s; trying again when it is asked for", error)
        except Stopped:
            return

    def _ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _start(self, model: LanguageModel) -> Endpoint:
        folder = model_folder(model.model)
        path = str(folder) if folder is not None else model.model
        if model.adapter is not None:
            path = str(merged_folder(path, model))
        port = free_port()
        name = Path(model.model).name
        logger.info("starting vLLM for %s on port %d", name, port)
        handle, log = tempfile.mkstemp(prefix="vllm-", suffix=".log")
        os.close(handle)
        self._log = Path(log)
        command, environment = self._command(path, model, port), self._environment()
        process = start_logged(command, self._log, environment, withheld=NO_BUSINESS_OF_MODELS)
        self._process = process
        self._await_health(f"http://127.0.0.1:{port}", name)
        url = f"http://127.0.0.1:{port}"
        return Endpoint(url, name, has_ended=lambda: process.poll() is not None, key=self._key)

    def _command(self, path: str, model: LanguageModel, port: int) -> list[str]:
        arguments: dict[str, str] = {
            "model": path,
            "served-model-name": Path(model.model).name,
            "host": "127.0.0.1",
            "port": str(port),
            "dtype": model.dtype or "auto",
            "max-model-len": str(self.settings.max_model_len),
            "middleware": f"{Guard.__module__}.{Guard.__name__}",
            "structured-outputs-config": json.dumps({"backend": "xgrammar", "disable_any_whitespace": True}),
        }
        if model.revision is not None:
            arguments["revision"] = model.revision
        command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server"]
        for option, value in arguments.items():
            command += [f"--{option}", value]
        return command if has_gpu() else [*command, "--enforce-eager", "--distributed-executor-backend", "uni"]

    def _environment(self) -> dict[str, str]:
        conceal(self._key)
        always = {KEY_VARIABLE: self._key, "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
        if has_gpu():
            return always
        # Spinning OpenMP threads collapse when anything else runs, and the first request for
        # log-probabilities would compile code (and need a compiler).
        cpu = {
            "VLLM_CPU_KVCACHE_SPACE": str(self.settings.kv_cache_gib),
            "VLLM_CPU_OMP_THREADS_BIND": "nobind",
            "OMP_NUM_THREADS": str(os.cpu_count() or 1),
            "OMP_WAIT_POLICY": "PASSIVE",
            "TORCHDYNAMO_DISABLE": "1",
        }
        return {**always, **{name: os.environ.get(name, value) for name, value in cpu.items()}}

    def _await_health(self, url: str, name: str) -> None:
        assert self._process is not None
        began = time.monotonic()
        while True:
            ended = self._process.poll()
            if ended is not None:
                raise EndpointError(f"vLLM for {name} ended with status {ended} before it was ready; {self._tail()}")
            if self._closing.is_set() or stop_requested():
                raise Stopped
            if time.monotonic() - began > self.settings.startup_seconds:
                raise EndpointError(
                    f"vLLM for {name} was not ready within {self.settings.startup_seconds:.0f} s; {self._tail()}"
                )
            try:
                health = httpx.get(f"{url}/health", headers=bearer(self._key), timeout=5.0, **client_options(url))
                if health.is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.5)

    def _tail(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()[-LOG_TAIL_LINES:]
        return f"its log {self._log} ends: {mask(' / '.join(lines), LOG_TAIL_CHARACTERS)}"
