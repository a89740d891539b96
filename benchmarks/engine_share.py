"""The questions stage beside the plainest client on one vLLM: the part "engine" of ``benchmarks.generation``."""

import argparse
import json
import os
import shutil
import sys
from contextlib import ExitStack
from functools import partial
from typing import Any

import httpx
import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.encoder_tokens import read_sample
from benchmarks.generation_commands import ENVIRONMENT, LONGEST_SECONDS, module, ours, prompts, scratch
from benchmarks.kept import Kept
from benchmarks.process_tree import run
from tasks.serving.engine import Engine, EngineSettings
from tasks.serving.model import LanguageModel


def engine(chosen: argparse.Namespace, kept: Kept) -> dict[str, Any]:
    """Compare the stage with a plain client on one vLLM."""
    articles = read_sample(chosen.articles).select("pmid", "title", "abstract")
    articles = articles.with_columns(content_hash=pl.concat_str("title", "abstract"))
    with ExitStack() as stack:
        vllm = _Vllm(chosen.engine_url, stack)
        asked = prompts(chosen.folder / "engine", articles)

        def plain(width: int) -> dict[str, Any]:
            bodies = [{**json.loads(line), "model": vllm.model} for line in asked.read_text().splitlines()]
            named = asked.with_name("bodies.jsonl")
            named.write_text("".join(f"{json.dumps(body)}\n" for body in bodies))
            vllm.reset()
            command = module("floor", vllm.url, named, chosen.folder / "engine" / "plain", width, "post")
            return run(command, vllm.environment(), LONGEST_SECONDS).said

        def stage(turn: int) -> dict[str, Any]:
            vllm.reset()
            with scratch(chosen.folder / "engine" / "root") as root:
                command = ours(asked.with_name("articles.parquet"), vllm.url, root, vllm.model)
                return run(command, vllm.environment(), LONGEST_SECONDS).said

        rates = {
            width: _tokens_per_s(kept.piece(f"engine/plain, {width} in flight", partial(plain, width)))
            for width in chosen.widths
        }
        best = max(rates, key=rates.__getitem__)
        turns = [
            (
                kept.piece(f"engine/stage/{turn}", partial(stage, turn)),
                kept.piece(f"engine/plain/{turn}", partial(plain, best)),
            )
            for turn in range(chosen.turns)
        ]
    table = Table("turn", "stage: tokens/s", "tokens", f"plain client, {best} in flight: tokens/s", "tokens", box=None)
    for number, turn in enumerate(turns, 1):
        pair = ((f"{_tokens_per_s(each):.1f}", f"{each['completion_tokens']:,}") for each in turn)
        table.add_row(str(number), *(cell for cells in pair for cell in cells))
    Console(width=120).print(table)
    stage_rate, plain_rate = (sum(_tokens_per_s(turn[place]) for turn in turns) / len(turns) for place in (0, 1))
    return {
        "share_of_engine": round(stage_rate / plain_rate, 3),
        "stage_tokens_per_s": round(stage_rate, 1),
        "plain_tokens_per_s": round(plain_rate, 1),
        "plain_in_flight": best,
    }


class _Vllm:
    """The engine of the turns, started when it is first needed."""

    def __init__(self, url: str | None, stack: ExitStack) -> None:
        self._given, self._stack, self._key = url, stack, os.environ.get("DISTILLERY_API_KEY", "")
        self._started: tuple[str, str] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return self._there()[0]

    @property
    def model(self) -> str:
        """Its name for the model."""
        return self._there()[1]

    def environment(self) -> dict[str, str]:
        """Return the environment of a client."""
        self._there()
        return {**ENVIRONMENT, "DISTILLERY_API_KEY": self._key}

    def reset(self) -> None:
        """Empty its prefix cache; one that was not started here may not allow it."""
        answer = httpx.post(f"{self.url}/reset_prefix_cache", headers=self._headers(), trust_env=False, timeout=60.0)
        if not answer.is_success:
            print(f"the prefix cache was not reset: HTTP {answer.status_code}", file=sys.stderr)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"} if self._key else {}

    def _there(self) -> tuple[str, str]:
        if self._started is None and self._given is None:
            os.environ["VLLM_SERVER_DEV_MODE"] = "1"  # it has the address that resets the cache in that mode alone
            endpoint = self._stack.enter_context(Engine(EngineSettings())).endpoint(
                LanguageModel(dtype="float32" if not shutil.which("nvidia-smi") else "auto")
            )
            self._key = endpoint.key or self._key
            self._started = endpoint.url, endpoint.model
        elif self._started is None:
            listed = httpx.get(f"{self._given}/v1/models", headers=self._headers(), trust_env=False).json()
            self._started = str(self._given), str(listed["data"][0]["id"])
        return self._started


def _tokens_per_s(said: dict[str, Any]) -> float:
    return float(said["completion_tokens"] / said["seconds"])
