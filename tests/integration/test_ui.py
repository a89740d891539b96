"""The Prefect UI and the report, in a browser."""

import shutil
import signal
import subprocess
import time

import httpx
import pytest

from flows.parameters import Distillation
from tasks.serving.model import LanguageModel
from tasks.serving.processes import free_port
from tests.fake_llm import MODEL
from tests.integration.conftest import COMMAND, Distillery

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def ui(tmp_path_factory, corpus):
    """``distillery ui`` on a free port: server, deployments and worker."""
    distillery = Distillery(tmp_path_factory.mktemp("ui"), corpus)
    port = free_port()
    command = [COMMAND, "ui", "--root", str(distillery.folder / "root"), "--port", str(port)]
    process = subprocess.Popen(command, env=distillery.environment())
    deployment = f"http://127.0.0.1:{port}/api/deployments/name/distill/branch"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if httpx.get(deployment).is_success:
                break
        except httpx.TransportError:
            time.sleep(0.5)
    yield distillery, f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    assert distillery.processes() == []


def test_a_run_from_the_form_ends_with_artifacts(ui, browser, llm):
    distillery, address = ui
    deployment = httpx.get(f"{address}/api/deployments/name/distill/branch").json()
    assert [schedule["active"] for schedule in deployment["schedules"]] == [False]

    page = browser.new_page(viewport={"width": 1280, "height": 1600})
    page.goto(f"{address}/deployments/deployment/{deployment['id']}/run")
    page.locator(".schema-form-property__label", has_text="MeSH branch").wait_for()
    for title in ("Articles", "Sources", "Generators", "Retrieval", "Preference", "A tree number (C04.588), a UI"):
        assert page.get_by_text(title).first.is_visible()

    model = LanguageModel(model=MODEL, url=llm.url)
    parameters = Distillation(branch="Breast Neoplasms", articles=10, source=[str(distillery.source)])
    asked = parameters.model_dump(mode="json")
    for part in [*asked["generators"], asked["answerer"]]:
        part["language_model"] = model.model_dump(mode="json")
    body = {"parameters": {"parameters": asked}}
    run = httpx.post(f"{address}/api/deployments/{deployment['id']}/create_flow_run", json=body).json()
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        state = httpx.get(f"{address}/api/flow_runs/{run['id']}").json()
        if state["state"]["type"] in ("COMPLETED", "FAILED", "CRASHED"):
            break
        time.sleep(1)
    assert state["state"]["type"] == "COMPLETED", state["state"]
    assert state["name"] == "Breast Neoplasms, 10 articles"

    page.goto(f"{address}/runs/flow-run/{run['id']}")
    page.get_by_role("tab", name="Artifacts").or_(page.get_by_text("Artifacts", exact=True)).first.click()
    page.get_by_text("Rows through the stages").first.wait_for()
    found = httpx.post(f"{address}/api/artifacts/filter", json={"flow_runs": {"id": {"any_": [run["id"]]}}}).json()
    assert {"rows", "stages", "summary"} <= {artifact["key"] for artifact in found}
    logs = httpx.post(f"{address}/api/logs/filter", json={"logs": {"flow_run_id": {"any_": [run["id"]]}}}).json()
    assert any("questions" in line["message"] for line in logs)
    assert (distillery.folder / "root" / "datasets").is_dir()


def test_the_report_draws_itself_without_network(tmp_path, corpus, browser, llm):
    distillery = Distillery(tmp_path, corpus)
    summary = distillery.distil("--branch", "C04", "--articles", "30", "--generator-url", llm.url)
    page = browser.new_page(viewport={"width": 1150, "height": 2000})
    errors, requests = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"file://{summary['report']}")
    page.locator(".treemaplayer .slice").first.wait_for()
    assert page.locator(".histogramlayer, .barlayer .bars").count() >= 3
    assert page.locator(".example").count() == 12
    assert errors == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
