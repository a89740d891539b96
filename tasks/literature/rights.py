"""Licences of articles, from the metadata of PMC's article datasets.

One JSON object per version of an article: https://pmc.ncbi.nlm.nih.gov/tools/pmcaws/. Only what is in PMC has one;
a record's copyright line is in the articles table.
"""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import polars as pl
from lxml import etree

from tasks.network.pace import pace_of
from tasks.network.request import TIMEOUT, FaultyAnswerError, NetworkError, request
from tasks.settings import settings
from tasks.store.outcome import REFUSED_SCHEMA, Outcome
from tasks.store.recipe import Recipe
from tasks.store.row_key import ROW_KEY, with_row_key

LICENCES = Recipe("licences", 1)
LICENCE_SCHEMA = {
    ROW_KEY: pl.String,
    "pmcid": pl.String,
    "version": pl.Int32,
    "licence": pl.String,
    "open_access": pl.Boolean,
    "manuscript": pl.Boolean,
}
"""One row per article in PMC: the licence code of its latest version (CC BY, CC BY-NC, TDM, …), null where PMC's
datasets do not hold it."""
REQUESTS_PER_SECOND = 20.0
AT_ONCE = 8
VERSION = re.compile(r"(PMC\d+)\.(\d+)/")


def wanted_licences(articles: pl.DataFrame) -> pl.DataFrame:
    """Return the licences to have: the PMCIDs of ``articles`` with their row keys."""
    return with_row_key(articles.select("pmcid").drop_nulls().unique().sort("pmcid"), LICENCES, ["pmcid"])


def fetch_licences(wanted: pl.DataFrame) -> Outcome:
    """Ask PMC for each licence; what can not be had is refused with the reason."""
    with httpx.Client(timeout=TIMEOUT) as client, ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda pmcid: _licence(client, pmcid), wanted["pmcid"]))
    rows = [{ROW_KEY: key, **answer} for key, answer in zip(wanted[ROW_KEY], answers, strict=True)]
    return Outcome(
        pl.DataFrame([row for row in rows if "reason" not in row], schema=LICENCE_SCHEMA),
        pl.DataFrame(
            [{ROW_KEY: row[ROW_KEY], "key": row["pmcid"], "reason": row["reason"]} for row in rows if "reason" in row],
            schema=REFUSED_SCHEMA,
        ),
    )


def _licence(client: httpx.Client, pmcid: str) -> dict[str, Any]:
    base = settings().pmc_url.rstrip("/")
    pace = pace_of(base, REQUESTS_PER_SECOND)
    listing = {"list-type": "2", "prefix": f"{pmcid}.", "delimiter": "/"}
    try:
        versions = request(lambda: client.get(base, params=listing), _read_versions, pace, f"versions of {pmcid}")
        if not versions:
            return {"pmcid": pmcid, "open_access": False}
        url = f"{base}/metadata/{pmcid}.{max(versions)}.json"
        found = request(lambda: client.get(url), _read_metadata, pace, f"metadata of {pmcid}")
    except NetworkError as error:
        return {"pmcid": pmcid, "reason": str(error)}
    return {
        "pmcid": pmcid,
        "version": max(versions),
        "licence": found.get("license_code"),
        "open_access": bool(found.get("is_pmc_openaccess")),
        "manuscript": bool(found.get("is_manuscript")),
    }


def _read_versions(response: httpx.Response) -> list[int]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(response.content, parser)
    except etree.XMLSyntaxError as error:
        raise FaultyAnswerError(f"the listing is no XML ({error.msg})") from error
    prefixes = (element.text or "" for element in root.iterfind("{*}CommonPrefixes/{*}Prefix"))
    return [int(match.group(2)) for prefix in prefixes if (match := VERSION.fullmatch(prefix))]


def _read_metadata(response: httpx.Response) -> dict[str, Any]:
    try:
        found = json.loads(response.content)
    except ValueError as error:
        raise FaultyAnswerError(f"the metadata is no JSON ({error})") from error
    if not isinstance(found, dict):
        raise FaultyAnswerError("the metadata is no JSON object")
    return found
