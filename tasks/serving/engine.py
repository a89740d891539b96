"""vLLM as a child process: started when first asked for, healthy before use, stopped whatever happens."""

import os
import secrets
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tasks.assets.model_files import chat_template, model_files
from tasks.errors import DistilleryError
from tasks.logger import logger
from tasks.network.client import client_options
from tasks.network.mask import NO_BUSINESS_OF_MODELS, conceal, mask
from tasks.serving.dialect import Dialect
from tasks.serving.endpoint import Endpoint, EndpointError, bearer, connect
from tasks.serving.engine_command import Served, engine_command, engine_environment
from tasks.serving.engine_settings import EngineSettings
from tasks.serving.merge import merged_folder
from tasks.serving.model import LanguageModel
from tasks.serving.processes import free_port, start_logged, stop_group
from tasks.serving.servers.chat_completions import as_length
from tasks.serving.side_by_side import Together, Weights, check_fit, served_together, weights_of
from tasks.serving.spending import Spending
from tasks.stopping import Stopped, stop_requested

__all__ = ["Engine", "EngineSettings"]

LOG_TAIL_LINES, LOG_TAIL_CHARACTERS = 5, 2_000


class Engine:
    """One vLLM server at a time. ``endpoint`` starts it, changes its model, or hands on a server that runs already.

    On a GPU, models that are adapters of one base are served by one vLLM, side by side: those that were named at the
    beginning, and those asked for since.
    """

    def __init__(
        self, settings: EngineSettings, models: Iterable[LanguageModel] = (), spending: Spending | None = None
    ) -> None:
        """Start nothing yet.

        Args:
            models: those that will be asked for, as far as that is known.
            spending: what the whole run spends.
        """
        self.settings = settings
        self._models = [model for model in models if model.url is None]
        self.spending = spending or Spending()
        self.start_seconds: list[float] = []
        """What each start of a server took, until it was ready."""
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._preparing: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._key = secrets.token_urlsafe(32)
        self._log = Path(os.devnull)
        self._serving: dict[Weights, Endpoint] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        if self._preparing is not None:
            self._preparing.join()
        self.stop()

    def __reduce__(self) -> tuple[type["Engine"], tuple[EngineSettings, tuple[LanguageModel, ...], Spending]]:
        """Travel without the server, as an argument of a task does."""
        return Engine, (self.settings, tuple(self._models), self.spending)

    @property
    def cache_identity(self) -> None:
        """Nothing: where a model is served changes no row."""

    def endpoint(self, model: LanguageModel) -> Endpoint:
        """Return where ``model`` is served, starting vLLM for it where it names no URL.

        Raises:
            EndpointError: vLLM ended before it was ready, or was not ready in time.
            DistilleryError: the model's files can not be had; see ``model_files`` and ``merged_folder``.
            Stopped: the run ended, or was asked to stop, before it was ready.
        """
        if model.url is not None:
            return connect(model).sharing(self.spending)
        with self._lock:
            if self._ended() or weights_of(model) not in self._serving:
                self.stop()
                self._models.append(model)
                began = time.monotonic()
                self._serving = self._start(model)
                self.start_seconds.append(time.monotonic() - began)
            served = self._serving[weights_of(model)].sharing(self.spending)
            return replace(served, more_fields=model.body, thinking_tokens=model.thinking_tokens)

    def prepare(self, model: LanguageModel) -> None:
        """Start serving ``model`` in the background, so that it is ready when it is first asked for."""
        self._preparing = threading.Thread(target=self._prepare, args=(model,), name="engine")
        self._preparing.start()

    def stop(self) -> None:
        """Stop the server and everything that it started."""
        if self._process is not None:
            stop_group(self._process)
        self._process, self._serving = None, {}

    def _prepare(self, model: LanguageModel) -> None:
        try:
            self.endpoint(model)
        except DistilleryError as error:
            logger.warning("%s; trying again when it is asked for", error)
        except Stopped:
            return

    def _ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _stopping(self) -> bool:
        return self._closing.is_set() or stop_requested()

    def _start(self, model: LanguageModel) -> dict[Weights, Endpoint]:
        folder = model_files(model.model, model.revision, self._stopping)
        together = served_together(model, self._models, chat_template(folder))
        served = _served(together, folder)
        port = free_port()
        beside = f" and {len(served.adapters)} adapters beside it" if served.adapters else ""
        logger.info("starting vLLM for %s%s on port %d", served.name, beside, port)
        handle, log = tempfile.mkstemp(prefix="vllm-", suffix=".log")
        os.close(handle)
        self._log = Path(log)
        conceal(self._key)
        process = start_logged(
            engine_command(served, self.settings, port),
            self._log,
            engine_environment(self.settings, self._key),
            withheld=NO_BUSINESS_OF_MODELS,
        )
        self._process = process
        url = f"http://127.0.0.1:{port}"
        self._await_health(url, served.name)
        endpoint = Endpoint(
            url,
            served.name,
            # What one of them turns out not to take, none takes: they share template and server.
            dialect=Dialect(is_plain=chat_template(served.folder) is None),
            has_ended=lambda: process.poll() is not None,
            key=self._key,
            max_model_len=self._longest(url),
        )
        return {weights: replace(endpoint, model=name) for weights, name in together.names().items()}

    def _await_health(self, url: str, name: str) -> None:
        assert self._process is not None
        began = time.monotonic()
        while True:
            ended = self._process.poll()
            if ended is not None:
                raise EndpointError(f"vLLM for {name} ended with status {ended} before it was ready; {self._tail()}")
            if self._stopping():
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

    def _longest(self, url: str) -> int | None:
        """Return how many tokens a prompt and its answer may have, which is vLLM's to decide."""
        try:
            listed = httpx.get(f"{url}/v1/models", headers=bearer(self._key), timeout=5.0, **client_options(url)).json()
            return as_length(listed["data"][0]["max_model_len"])
        except (httpx.HTTPError, ValueError, LookupError, TypeError):
            return None

    def _tail(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()[-LOG_TAIL_LINES:]
        return f"its log {self._log} ends: {mask(' / '.join(lines), LOG_TAIL_CHARACTERS)}"


def _served(together: Together, folder: Path) -> Served:
    """Return what vLLM is to serve: the base in a folder, with what is merged into it, and adapters that fit."""
    base = together.base
    if base.adapter is not None:
        folder = merged_folder(str(folder), base)
    for model in together.adapted:
        check_fit(model, folder)
    return Served(
        folder=folder,
        name=together.name,
        dtype=base.dtype,
        quantization=base.quantization,
        adapters=together.folders(),
        rank=together.rank(),
    )
