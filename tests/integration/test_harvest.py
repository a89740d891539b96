"""``distillery harvest`` as users run it, against local servers that speak as NCBI's do."""

import json
import subprocess
from collections import deque
from typing import Any

import polars as pl
import pytest

from tests.corpus import article
from tests.fake_entrez import FakeEntrez, entries
from tests.fake_mirror import FakeMirror, write_mirror
from tests.integration.conftest import COMMAND, Distillery

pytestmark = pytest.mark.integration


def run(distillery: Distillery, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [COMMAND, "harvest", "--root", str(distillery.folder / "root"), *options]
    named = {"DISTILLERY_RETRY_SECONDS": "0.01", "DISTILLERY_CACHE": str(distillery.folder / "cache")}
    given = {**distillery.environment(), **named, **environment}
    return subprocess.run(command, capture_output=True, text=True, env=given, timeout=300, check=False)


def counts(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.pop("seconds") >= 0
    return found


NOTHING = dict.fromkeys(["files", "rows", "new", "replaced", "deleted", "not_indexed", "retracted", "quarantined"], 0)


def test_a_branch_of_pubmed(distillery):
    with FakeEntrez(entries(600), faults=deque(["html"])) as pubmed:
        served = {"DISTILLERY_EUTILS_URL": pubmed.url, "NCBI_EMAIL": "someone@example.org", "NCBI_API_KEY": "SECRET"}
        options = ("--source", "pubmed", "--branch", "C04.588", "--since", "2019-01-01", "--json")
        done = run(distillery, *options, **served)
        assert counts(done) == {**NOTHING, "files": 3, "rows": 600, "new": 600}
        assert "an HTML page" in done.stderr
        assert "SECRET" not in done.stderr + done.stdout
        assert pubmed.requests[0][2]["term"] == (
            '"Neoplasms by Site"[MeSH Terms] AND ("2019/01/01"[dp] : "3000/12/31"[dp])'
        )
        assert counts(run(distillery, *options, **served)) == NOTHING
    assert distillery.processes() == []
    secrets = [path for path in distillery.folder.rglob("*") if path.is_file() and b"SECRET" in path.read_bytes()]
    assert secrets == []


def test_a_mirror_and_its_updates(distillery):
    folder = distillery.folder / "mirror"
    heading = (("D001943", "Breast Neoplasms"),)
    base = [
        [article(pmid, f"Title {pmid}", headings=heading) for pmid in range(first, first + 50)] for first in (1, 51)
    ]
    write_mirror(folder, base, [])
    source = ("--source", f"baseline:{folder}", "--json")
    assert counts(run(distillery, *source)) == {**NOTHING, "files": 2, "rows": 100, "new": 100}
    gone = '<DeleteCitation><PMID Version="1">3</PMID></DeleteCitation>'
    write_mirror(folder, base, [[article(7, "Corrected"), article(200, "New", headings=heading), gone]])
    changed = {"files": 1, "rows": 3, "new": 1, "replaced": 1, "deleted": 1, "not_indexed": 1}
    assert counts(run(distillery, *source)) == {**NOTHING, **changed}


def test_a_file_that_a_server_can_not_give_is_quarantined_until_it_can(distillery):
    folder = distillery.folder / "mirror"
    write_mirror(folder, [[article(1, "One")], [article(2, "Two")]], [])
    damaged = (folder / "baseline" / "pubmed26n0002.xml.gz").read_bytes()
    with FakeMirror(folder) as server:
        (folder / "baseline" / "pubmed26n0002.xml.gz").write_bytes(damaged[:-5])
        source = ("--source", f"baseline:{server.url}")
        assert counts(run(distillery, *source, "--json"))["rows"] == 1
        listed = [COMMAND, "quarantine", "--root", str(distillery.folder / "root"), "--stage", "files"]
        told = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
        assert "pubmed26n0002.xml.gz" in told
        assert "published MD5" in " ".join(told.split())
        (folder / "baseline" / "pubmed26n0002.xml.gz").write_bytes(damaged)
        assert counts(run(distillery, *source, "--json"))["rows"] == 1
        told = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
        assert "0 rows in quarantine" in told
    rows = pl.concat(pl.read_parquet(path) for path in (distillery.folder / "root").glob("articles/*/parts/*.parquet"))
    assert sorted(rows["pmid"]) == [1, 2]


@pytest.mark.parametrize(
    ("options", "status", "sentence"),
    [
        (("--source", "pubmed", "--branch", "C04"), 1, "set NCBI_EMAIL to yours"),
        (("--source", "pubmed"), 2, "name a branch or a query to search PubMed for"),
        (("--source", "baseline:/no/such/folder"), 1, "there is no such folder"),
        (("--source", "sample", "--since", "yesterday"), 2, "does not match the format"),
        (("--source", "pubmed", "--since", "2021-01-01", "--until", "2020-01-01"), 2, "lies after until"),
        (("--source", "sample", "--branch", "C04"), 2, "are for the source pubmed"),
        (("--source", "pubmed", "--branch", "Nonsense", "--major", "--licences"), 2, "has no branch 'Nonsense'"),
        ((), 2, "Missing option '--source'"),
    ],
)
def test_wrong_options_cost_seconds(distillery, options, status, sentence):
    done = run(distillery, *options, NCBI_EMAIL="" if "NCBI_EMAIL" in sentence else "someone@example.org")
    assert done.returncode == status
    assert sentence in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr
    assert not (distillery.folder / "root").exists()


def test_an_unreachable_server_is_told(distillery):
    served = {"DISTILLERY_EUTILS_URL": "http://127.0.0.1:9/eutils", "NCBI_EMAIL": "someone@example.org"}
    done = run(distillery, "--source", "pubmed", "--branch", "C04.588", **served)
    assert done.returncode == 1
    assert "tries failed, the last one with: ConnectError" in done.stderr.splitlines()[-1]
    assert distillery.processes() == []
