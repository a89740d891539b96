"""A local HTTP server that speaks ESearch and EFetch in the shapes that NCBI does, and misbehaves on order."""

import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

from tests.corpus import article
from tests.local_server import LocalServer

SERVED = 9_999
SEARCH = """<?xml version="1.0" encoding="UTF-8" ?>
<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN" "https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd">
<eSearchResult><Count>{count}</Count><RetMax>{listed}</RetMax><RetStart>0</RetStart><QueryKey>1</QueryKey>
<WebEnv>{env}</WebEnv><IdList>
{ids}
</IdList><TranslationSet/><QueryTranslation>q</QueryTranslation></eSearchResult>"""
FETCH = """<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">
<PubmedArticleSet>
{records}
</PubmedArticleSet>"""
ERROR = '<?xml version="1.0"?><eFetchResult><ERROR>{}</ERROR></eFetchResult>'


@dataclass
class Entry:
    """An article as PubMed keeps it."""

    pmid: int
    entered: date
    revised: date
    title: str

    def xml(self) -> str:
        return article(self.pmid, self.title, f"Abstract of {self.pmid}.", (("D001943", "Breast Neoplasms"),))


def entries(count: int, first_day: date = date(2020, 1, 1), per_day: int = 100) -> dict[int, Entry]:
    """Return articles that came in so many a day."""
    days = (first_day + timedelta(days=place // per_day) for place in range(count))
    return {pmid: Entry(pmid, day, day, f"Title {pmid}") for pmid, day in enumerate(days, 30_000_000)}


@dataclass
class FakeEntrez(LocalServer):
    """Serves ``pubmed``; ``faults`` are used up one per EFetch (or per ESearch, for ``search_faults``).

    A fault is: timeout, reset, 429, 503, html, truncated, error, backend, expired, short (a record is left out),
    garbage (one record is no XML), key (the API key is refused, and said again).
    """

    pubmed: dict[int, Entry]
    faults: deque[str] = field(default_factory=deque)
    search_faults: deque[str] = field(default_factory=deque)
    requests: list[tuple[float, str, dict[str, str]]] = field(default_factory=list)
    retry_after: str = "1"
    stall: float = 0.5

    def __post_init__(self) -> None:
        self.histories: dict[str, list[int]] = {}
        self.lock = threading.Lock()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                asked = {name: values[0] for name, values in parse_qs(body).items()}
                utility = self.path.rsplit("/", 1)[-1].removesuffix(".fcgi")
                with fake.lock:
                    fake.requests.append((time.monotonic(), utility, asked))
                    queue = fake.search_faults if utility == "esearch" else fake.faults
                    fault = queue.popleft() if queue else ""
                    status, headers, answer = fake.answer(utility, asked, fault)
                if fault == "timeout":
                    time.sleep(fake.stall)
                if fault in ("reset", "timeout"):
                    self.connection.close()
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                data = answer.encode()
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self.url = f"{self.listen(Handler)}/entrez/eutils"

    def answer(self, utility: str, asked: dict[str, str], fault: str) -> tuple[int, dict[str, str], str]:
        if fault == "429":
            return 429, {"Retry-After": self.retry_after}, '{"error":"API rate limit exceeded","limit":"3"}'
        if fault == "key":
            return 400, {}, '{"error":"API key invalid: %s","api-key":"%s"}' % ((asked.get("api_key"),) * 2)
        if fault == "503":
            return 503, {}, "Service Unavailable"
        if fault == "html":
            return 200, {}, "<!DOCTYPE html><html><body><h1>NCBI - WWW Error</h1><p>Try later<br></body></html>"
        if fault == "backend":
            return 400, {}, ERROR.format("proxy_stream(): Failed to connect to PubOne service")
        if utility == "esearch":
            return 200, {}, self._cut(fault, self.search(asked))
        if fault == "error":
            return 200, {}, ERROR.format("Search Backend failed: Unable to open connection")
        if fault == "expired":
            self.histories.clear()
        return self.fetch(asked, fault)

    def search(self, asked: dict[str, Any]) -> str:
        selected = selector(asked)
        found = sorted((entry.pmid for entry in self.pubmed.values() if selected(entry)), reverse=True)
        env = f"MCID_{len(self.histories)}_{len(self.requests)}"
        self.histories[env] = found
        listed = found[: min(int(asked["retmax"]), SERVED)]
        ids = "\n".join(f"<Id>{pmid}</Id>" for pmid in listed)
        return SEARCH.format(count=len(found), listed=len(listed), env=env, ids=ids)

    def fetch(self, asked: dict[str, Any], fault: str) -> tuple[int, dict[str, str], str]:
        if "id" in asked:
            pmids = [int(pmid) for pmid in asked["id"].split(",")]
        elif asked["WebEnv"] not in self.histories:
            return 400, {}, ERROR.format("Unable to obtain query #1")
        else:
            start, size = int(asked["retstart"]), int(asked["retmax"])
            pmids = self.histories[asked["WebEnv"]][:SERVED][start : start + size]
        if fault == "short":
            pmids = pmids[1:]
        records = [self.pubmed[pmid].xml() for pmid in pmids if pmid in self.pubmed]
        if fault == "garbage":
            records[0] = records[0].replace("<Language>", "<Language")
        return 200, {}, self._cut(fault, FETCH.format(records="\n".join(records)))

    def _cut(self, fault: str, answer: str) -> str:
        return answer[: len(answer) // 2] if fault == "truncated" else answer

    def rate(self) -> float:
        """Return the most requests that came within any one second."""
        times = [moment for moment, _, _ in self.requests]
        return max(sum(first <= moment < first + 1 for moment in times[place:]) for place, first in enumerate(times))


def selector(asked: dict[str, Any]) -> Callable[[Entry], bool]:
    """Return what tells an article within the search's days of entry, PMIDs and days of revision from others."""
    first, last = (
        (day_of(asked[name]) for name in ("mindate", "maxdate")) if "mindate" in asked else (date.min, date.max)
    )
    uids = re.search(r"(\d+):(\d+)\[UID\]", asked["term"])
    lowest, highest = map(int, uids.groups()) if uids else (0, 10**9)
    listed = set(map(int, re.findall(r"(?<![:\d])(\d+)\[UID\]", asked["term"])))
    revised = re.search(r'"([\d/]+)"\[mdat\]', asked["term"])
    since = day_of(revised[1]) if revised else date.min
    return lambda entry: (
        first <= entry.entered <= last
        and lowest <= entry.pmid <= highest
        and (not listed or entry.pmid in listed)
        and entry.revised >= since
    )


def day_of(text: str) -> date:
    return date(*map(int, text.split("/")))
