"""ESearch and EFetch: every request paced, every answer checked for being whole and what was asked for."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
from lxml import etree
from pydantic import SecretStr

from tasks.logger import logger
from tasks.network.mask import conceal, mask, server_words
from tasks.network.pace import Pace, pace_of
from tasks.network.request import TIMEOUT, FaultyAnswerError, NetworkError, request

TOOL = "mesh-distillery"
SEARCH_LIMIT = 9_999
"""Hits that ESearch serves of a search in PubMed, history server or not."""
RATE, RATE_WITH_KEY = 2.7, 9.0
"""Requests per second: NCBI allows 3, and 10 with a key, and answers 429 a little below that."""
REFUSED = frozenset({400, 401, 403})
EXPIRED = re.compile(rb"WebEnv|query.?key|unable to obtain query", re.IGNORECASE)
ERROR = re.compile(rb"<ERROR>(.*?)(?:</ERROR>|$)", re.DOTALL)


class ExpiredHistoryError(Exception):
    """The history server knows nothing of this search any more; search again."""


@dataclass(frozen=True, slots=True)
class Found:
    """A search's answer: how many hits, the PMIDs of the first ones, and where the history server keeps them."""

    count: int
    pmids: tuple[int, ...]
    web_env: str
    query_key: str


class Entrez:
    """A client of PubMed's E-utilities; threads may share one."""

    def __init__(self, url: str, email: str, api_key: SecretStr | None) -> None:
        self._url, self._email, self._api_key = url.rstrip("/"), email, api_key
        conceal(api_key.get_secret_value() if api_key else "")
        self._client = httpx.Client(timeout=TIMEOUT, headers={"User-Agent": f"{TOOL} ({email})"})

    @property
    def pace(self) -> Pace:
        """The pace kept towards this server by the whole process."""
        return pace_of(self._url, RATE_WITH_KEY if self._api_key else RATE)

    def search(self, term: str, entered: tuple[date, date] | None = None) -> Found:
        """Search PubMed, within days of entry where given (both included).

        Raises:
            NetworkError: the server could not be reached, or refuses the search.
        """
        asked: dict[str, Any] = {"term": term, "retmax": SEARCH_LIMIT, "usehistory": "y"}
        if entered:
            first, last = (day.strftime("%Y/%m/%d") for day in entered)
            asked |= {"datetype": "edat", "mindate": first, "maxdate": last}
        return request(lambda: self._post("esearch", asked), _read_search, self.pace, f"ESearch {term[:80]}")

    def fetch_history(self, found: Found, start: int, size: int) -> bytes:
        """Fetch ``size`` records of a search from the ``start``-th on (from 0).

        Raises:
            ExpiredHistoryError: the search is forgotten.
            NetworkError: the records can not be had.
        """
        asked = {"WebEnv": found.web_env, "query_key": found.query_key, "retstart": start, "retmax": size}
        return self._fetch(asked, f"EFetch {size} records from {start}", _read_history)

    def fetch(self, pmids: Sequence[int]) -> bytes:
        """Fetch records by PMID.

        Raises:
            NetworkError: the records can not be had.
        """
        about = f"EFetch {len(pmids)} PMIDs from {pmids[0]}"
        return self._fetch({"id": ",".join(map(str, pmids))}, about, _read_records)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _fetch(self, asked: dict[str, Any], about: str, read: Callable[[httpx.Response], bytes]) -> bytes:
        return request(lambda: self._post("efetch", {**asked, "retmode": "xml"}), read, self.pace, about)

    def _post(self, utility: str, asked: dict[str, Any]) -> httpx.Response:
        # By POST, so that lists may be long and no key stands in an address that a log may hold.
        named = {"db": "pubmed", "tool": TOOL, "email": self._email, **asked}
        if self._api_key:
            named["api_key"] = self._api_key.get_secret_value()
        response = self._client.post(f"{self._url}/{utility}.fcgi", data=named)
        if response.content.lstrip().startswith(b"{"):  # NCBI's gate speaks JSON, the E-utilities behind it XML
            told = server_words(response)
            if response.status_code in REFUSED or "api key" in told.lower():
                raise NetworkError(f"NCBI refused {utility}: {told}; check NCBI_API_KEY and NCBI_EMAIL")
        return response


def _read_search(response: httpx.Response) -> Found:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(response.content, parser)
    except etree.XMLSyntaxError as error:
        raise FaultyAnswerError(f"the answer is no XML or cut off ({error.msg})") from error
    if root.tag != "eSearchResult":
        raise FaultyAnswerError(f"expected <eSearchResult>, found <{root.tag}>")
    fault = root.find("ERROR")
    if fault is not None:
        raise FaultyAnswerError(fault.text or "an <ERROR> without a message")
    for phrase in root.iterfind("ErrorList/PhraseNotFound"):
        logger.warning("PubMed does not know the phrase %s", mask(phrase.text))
    for warning in root.iterfind("WarningList/*"):
        logger.warning("PubMed says of the search: %s: %s", warning.tag, mask(warning.text))
    counted, listed = root.findtext("Count") or "", [element.text or "" for element in root.iterfind("IdList/Id")]
    if not all(text.isdigit() for text in [counted, *listed]):
        raise FaultyAnswerError("the answer does not count its hits")
    count, pmids = int(counted), tuple(map(int, listed))
    if len(pmids) != min(count, SEARCH_LIMIT):
        raise FaultyAnswerError(f"the answer lists {len(pmids)} of {count} PMIDs")
    return Found(count, pmids, root.findtext("WebEnv", ""), root.findtext("QueryKey", ""))


def _read_history(response: httpx.Response) -> bytes:
    fault = ERROR.search(response.content)
    if fault and EXPIRED.search(fault.group(1)) and b"<PubmedArticle>" not in response.content:
        raise ExpiredHistoryError(mask(fault.group(1).decode(errors="replace")))
    return _read_records(response)


def _read_records(response: httpx.Response) -> bytes:
    answer = response.content
    fault = ERROR.search(answer)
    if fault and b"<PubmedArticle>" not in answer:
        raise FaultyAnswerError(fault.group(1).decode(errors="replace").strip()[:200])
    if b"<PubmedArticleSet" not in answer[:2000]:
        kind = "an HTML page" if b"<html" in answer[:2000].lower() else "something else"
        raise FaultyAnswerError(f"expected <PubmedArticleSet>, found {kind}")
    if not re.search(rb"(</PubmedArticleSet>|<PubmedArticleSet[^>]*/>)\s*$", answer[-200:]):
        raise FaultyAnswerError("the answer is cut off")
    return answer
