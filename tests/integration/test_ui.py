"""The Prefect UI and the report, in a browser."""

import shutil

import pytest

from tests.integration.conftest import Distillery
from tests.integration.running_ui import RunningUi, distillation

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
    with RunningUi(Distillery(tmp_path_factory.mktemp("ui"), corpus)) as running:
        yield running


@pytest.fixture(scope="module")
def context(ui, browser):
    """A browser that has opened the address that the command printed."""
    signed_in = browser.new_context(viewport={"width": 1280, "height": 1600})
    page = signed_in.new_page()
    page.goto(ui.sign_in)
    page.wait_for_url("**/deployments")
    page.get_by_role("link", name="pubmed").wait_for()
    yield signed_in
    signed_in.close()


def test_the_address_signs_in_one_browser(ui, browser, context):
    other = browser.new_context().new_page()
    other.goto(ui.sign_in)
    other.get_by_text("it serves once").wait_for()
    assert "#" not in other.url
    other.goto(f"{ui.address}/deployments")
    other.wait_for_url("**/login**")


def test_a_page_of_another_origin_reaches_nothing(ui, browser):
    page = browser.new_page()
    page.goto(ui.address.replace("127.0.0.1", "localhost") + "/login")  # another origin, which the browser lets try
    asked = f"fetch('{ui.address}/api/deployments/filter', {{method: 'POST', body: new Blob(['{{}}'])}})"
    assert (
        page.evaluate(f"{asked}.then(answer => answer.status, error => String(error))") == "TypeError: Failed to fetch"
    )


def test_the_untouched_harvest_form_reads_the_sample_and_no_more(ui, context):
    page = context.new_page()
    deployment = ui.api.deployment("harvest/pubmed")
    assert "50 GB" in deployment["description"]
    page.goto(f"{ui.address}/deployments/deployment/{deployment['id']}/run")
    page.locator(".schema-form-property__label", has_text="Sources").first.wait_for()
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**?tab=Runs")
    [run] = ui.api.post("/flow_runs/filter", {"flow_runs": {"deployment_id": {"any_": [deployment["id"]]}}}).json()
    assert run["parameters"]["parameters"]["source"] == ["sample"]
    ui.api.post(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "CANCELLED"}, "force": True})
    ui.api.await_state(run["id"], "CANCELLED")


def test_a_run_from_the_form_ends_with_artifacts(ui, context, llm):
    deployment = ui.api.deployment("distill/branch")
    assert [schedule["active"] for schedule in deployment["schedules"]] == [False]

    page = context.new_page()
    page.goto(f"{ui.address}/deployments/deployment/{deployment['id']}/run")
    page.locator(".schema-form-property__label", has_text="MeSH branch").wait_for()
    for title in ("Articles", "Sources", "Generators", "Retrieval", "Preference", "A tree number (C04.588), a UI"):
        assert page.get_by_text(title).first.is_visible()

    run = ui.api.run("distill/branch", distillation(ui.distillery, llm))
    ended = ui.api.await_state(run, "COMPLETED", "FAILED", "CRASHED")
    assert ended["state"]["type"] == "COMPLETED", ended["state"]
    assert ended["name"] == "Breast Neoplasms, 10 articles"

    page.goto(f"{ui.address}/runs/flow-run/{run}")
    page.get_by_role("tab", name="Artifacts").or_(page.get_by_text("Artifacts", exact=True)).first.click()
    page.get_by_text("Rows through the stages").first.wait_for()
    found = ui.api.post("/artifacts/filter", {"flow_runs": {"id": {"any_": [run]}}}).json()
    assert {"rows", "stages", "summary"} <= {artifact["key"] for artifact in found}
    logs = ui.api.post("/logs/filter", {"logs": {"flow_run_id": {"any_": [run]}}}).json()
    assert any("questions" in line["message"] for line in logs)
    assert (ui.root / "datasets").is_dir()


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
