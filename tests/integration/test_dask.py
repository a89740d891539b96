"""Batches on a Dask cluster: the same rows as on threads."""

import pytest

from tests.integration.conftest import Distillery

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def scheduler():
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=None, host="127.0.0.1") as cluster:
        yield cluster.scheduler_address


@pytest.mark.slow
def test_a_cluster_computes_the_same_dataset(tmp_path, corpus, llm, scheduler, monkeypatch):
    options = ["--branch", "C04", "--articles", "15", "--generator-url", llm.url]
    names = {}
    for runner in ("threads", "cluster"):
        distillery = Distillery(tmp_path / runner, corpus)
        if runner == "cluster":
            monkeypatch.setenv("DISTILLERY_DASK", scheduler)
        summary = distillery.distil(*options)
        assert summary["stages"]["questions"]["computed"] == 30
        names[runner] = summary["dataset"].rpartition("/")[2]
    assert names["threads"] == names["cluster"]
