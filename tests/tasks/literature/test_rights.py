import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import polars as pl
import pytest

from tasks.literature.rights import fetch_licences, wanted_licences

LISTING = '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{}</ListBucketResult>'
METADATA = {
    "PMC1.1": {"pmcid": "PMC1", "version": 1, "license_code": "CC BY-NC", "is_pmc_openaccess": True},
    "PMC1.2": {"pmcid": "PMC1", "version": 2, "license_code": "CC BY", "is_pmc_openaccess": True},
    "PMC3.1": {"pmcid": "PMC3", "version": 1, "license_code": "TDM", "is_pmc_openaccess": False, "is_manuscript": True},
    "PMC4.1": "this is no object",
}


@pytest.fixture
def pmc(monkeypatch):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlparse(self.path)
            if parts.path == "/":
                prefix = parse_qs(parts.query)["prefix"][0]
                versions = (f"{name}/" for name in METADATA if name.startswith(prefix))
                found = (f"<CommonPrefixes><Prefix>{version}</Prefix></CommonPrefixes>" for version in versions)
                answer = LISTING.format("".join(found))
            else:
                answer = json.dumps(METADATA[parts.path.removeprefix("/metadata/").removesuffix(".json")])
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("DISTILLERY_PMC_URL", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("DISTILLERY_RETRY_SECONDS", "0.01")
    yield server
    server.shutdown()
    server.server_close()


def test_the_latest_versions_licence_counts(pmc):
    articles = pl.DataFrame({"pmcid": ["PMC1", None, "PMC2", "PMC3", "PMC1", "PMC4"]})
    outcome = fetch_licences(wanted_licences(articles))
    assert outcome.rows.drop("row_key").sort("pmcid").rows() == [
        ("PMC1", 2, "CC BY", True, False),
        ("PMC2", None, None, False, None),
        ("PMC3", 1, "TDM", False, True),
    ]
    assert outcome.refused["key"].to_list() == ["PMC4"]
    assert "no JSON object" in outcome.refused["reason"][0]
