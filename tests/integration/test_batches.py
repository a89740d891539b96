"""A run that waits for batches: real Prefect server and worker, a local server of batches."""

import json
import time
from typing import Any

import pytest

from flows.parameters import Distillation
from tasks.serving.model import LanguageModel
from tests.fake_batches import MODEL, FakeBatches
from tests.fake_llm import FakeLlm, answer_to
from tests.integration.conftest import Distillery
from tests.integration.running_ui import RunningUi, distillation

pytestmark = pytest.mark.integration

NEVER = 10**9


class Batches(FakeBatches):
    """Asks questions, and answers those that come with a schema."""

    def answer(self, line: dict) -> dict | None:
        if "response_format" not in line["body"]:
            return super().answer(line)
        return self.said(line, json.dumps(answer_to(line["body"], mark="0")))


def in_batches(distillery: Distillery, server: FakeBatches) -> dict[str, Any]:
    parameters = Distillation(branch="Breast Neoplasms", articles=4, source=[str(distillery.source)])
    asked = parameters.model_dump(mode="json")
    for part in [*asked["generators"], asked["answerer"]]:
        model = LanguageModel(model=MODEL, url=server.url, kind="openai-batch")
        part["language_model"] = model.model_dump(mode="json")
    return {"parameters": {"parameters": asked}}


@pytest.mark.slow
def test_a_workers_run_waits_for_batches_without_the_worker(tmp_path, corpus):
    distillery = Distillery(tmp_path, corpus)
    with (
        Batches(looks=NEVER) as batches,
        FakeLlm() as llm,
        RunningUi(distillery, DISTILLERY_BATCH_SECONDS="5") as ui,
    ):
        waits = ui.api.run("distill/branch", in_batches(distillery, batches))
        deadline = time.monotonic() + 240
        while (found := ui.api.get(f"/flow_runs/{waits}"))["state"]["name"] != "AwaitingRetry":
            assert found["state"]["type"] not in ("FAILED", "CRASHED", "COMPLETED"), found["state"]
            assert time.monotonic() < deadline, found["state"]
            time.sleep(0.3)
        assert "0 of 4 answered in batch_" in found["state"]["message"]

        other = ui.api.run("distill/branch", distillation(distillery, llm))
        done = ui.api.await_state(other, "COMPLETED", "FAILED", "CRASHED")
        assert done["state"]["type"] == "COMPLETED", done["state"]["message"]

        batches.looks = 1
        done = ui.api.await_state(waits, "COMPLETED", "FAILED", "CRASHED")
        assert done["state"]["type"] == "COMPLETED", done["state"]["message"]
        assert done["run_count"] >= 2
        assert len(batches.asked) == len(set(batches.asked)) == 12
