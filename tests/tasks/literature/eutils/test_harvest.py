import gzip
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from pydantic import SecretStr

from tasks.literature.article import ARTICLES
from tasks.literature.eutils import client
from tasks.literature.eutils.client import Entrez
from tasks.literature.eutils.harvest import Plan, finish_harvest, plan_harvest, plan_list
from tasks.literature.eutils.listed import read_pmids
from tasks.literature.eutils.pages import blocks_of, harvest_pages
from tasks.literature.eutils.slices import slice_search
from tasks.literature.latest import Held, latest_records
from tasks.literature.source_text import SourceError
from tasks.network import request
from tasks.network.request import NetworkError
from tasks.store.row_key import ROW_KEY
from tasks.store.store import Store
from tests import fake_entrez
from tests.fake_entrez import Entry, FakeEntrez, entries


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(client, "RATE", 2000.0)
    monkeypatch.setenv("DISTILLERY_RETRY_SECONDS", "0.01")


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(str(tmp_path / "root"))


def entrez_of(fake: FakeEntrez) -> Entrez:
    return Entrez(fake.url, "someone@example.org", None)


def harvest(store: Store, fake: FakeEntrez) -> tuple[Held, int]:
    """Harvest everything; return what is held and how many PMIDs were asked for."""
    entrez = entrez_of(fake)
    return carry_out(store, entrez, plan_harvest(store, entrez, "term"))


def harvest_list(store: Store, fake: FakeEntrez, pmids: list[int]) -> tuple[Held, int]:
    """Harvest listed PMIDs; return the same."""
    entrez = entrez_of(fake)
    return carry_out(store, entrez, plan_list(store, entrez, pmids))


def carry_out(store: Store, entrez: Entrez, plan: Plan) -> tuple[Held, int]:
    refused: dict[int, str] = {}
    with ThreadPoolExecutor(4) as pool:
        for fetched in pool.map(lambda block: harvest_pages(store, entrez, block), blocks_of(plan.pages)):
            refused |= fetched.refused
    return finish_harvest(store, plan, refused), sum(len(page.pmids) for page in plan.pages)


def titles(store: Store, held: Held) -> dict[int, str]:
    keys = latest_records(store, [held])[ROW_KEY]
    rows = store.read(store.select(store.table(ARTICLES), keys), ["pmid", "title"])
    return dict(rows.select("pmid", "title").iter_rows())


def expected(fake: FakeEntrez) -> dict[int, str]:
    return {entry.pmid: entry.title for entry in fake.pubmed.values()}


@pytest.mark.parametrize("per_day", [400, 25_000, 11_000])
def test_a_large_search_is_sliced_and_each_hit_found_once(per_day):
    with FakeEntrez(entries(25_000, per_day=per_day)) as fake:
        slices = slice_search(entrez_of(fake), "term")
        assert all(part.found.count <= 9_999 for part in slices)
        found = Counter(pmid for part in slices for pmid in part.found.pmids)
        assert set(found) == set(fake.pubmed)
        assert set(found.values()) == {1}
        if per_day == 25_000:
            assert any("[UID]" in asked["term"] for _, _, asked in fake.requests)


def test_hits_without_a_day_of_entry_are_sliced_by_pmid():
    with FakeEntrez(entries(12_000)) as fake:
        fake.pubmed[5] = Entry(5, date(1700, 1, 1), date(1700, 1, 1), "From before the first day")
        slices = slice_search(entrez_of(fake), "term")
        assert sum(part.found.count for part in slices) == 12_001


def test_everything_is_harvested_and_then_nothing(store):
    with FakeEntrez(entries(1_000)) as fake:
        held, asked_for = harvest(store, fake)
        assert asked_for == 1_000
        assert titles(store, held) == expected(fake)
        fetches = [asked for _, utility, asked in fake.requests if utility == "efetch"]
        assert len(fetches) == 5
        assert all("WebEnv" in asked for asked in fetches)
        again, asked_for = harvest(store, fake)
        assert asked_for == 0
        assert titles(store, again) == expected(fake)


def test_a_later_harvest_brings_what_is_new_and_what_was_revised(store):
    today = datetime.now(UTC).date()
    with FakeEntrez(entries(500)) as fake:
        harvest(store, fake)
        fake.pubmed[30_000_007].title = "Corrected"
        fake.pubmed[30_000_007].revised = today
        fake.pubmed[31_000_000] = Entry(31_000_000, today, today, "New")
        held, asked_for = harvest(store, fake)
        assert asked_for == 2
        assert titles(store, held) == expected(fake)
        assert "id" in fake.requests[-1][2]  # a part of a slice is asked for by PMID


@pytest.mark.parametrize(
    "fault", ["timeout", "reset", "429", "503", "html", "truncated", "error", "backend", "expired"]
)
def test_a_fault_that_passes_costs_nothing(store, fault, monkeypatch):
    monkeypatch.setattr(client, "TIMEOUT", 0.3)
    with FakeEntrez(entries(600), faults=deque(["", fault]), retry_after="0") as fake:
        held, _ = harvest(store, fake)
        assert titles(store, held) == expected(fake)
        assert store.quarantine().is_empty()


@pytest.mark.parametrize("fault", ["reset", "429", "html", "truncated"])
def test_a_search_is_tried_again(store, fault):
    with FakeEntrez(entries(300), search_faults=deque([fault]), retry_after="0") as fake:
        held, _ = harvest(store, fake)
        assert titles(store, held) == expected(fake)


def age(store: Store, days: int) -> None:
    """Make all that was fetched so far so many days older."""
    for part in (store.root / "files").glob("*/parts/*.parquet"):
        rows = pl.read_parquet(part)
        moment = pl.col("retrieved").str.to_datetime(time_zone="UTC") - timedelta(days=days)
        rows.with_columns(moment.dt.strftime("%Y-%m-%dT%H:%M:%S+00:00").alias("retrieved")).write_parquet(part)


def revise(fake: FakeEntrez, pmid: int, days_ago: int = 0) -> None:
    fake.pubmed[pmid].title = f"Corrected {days_ago}"
    fake.pubmed[pmid].revised = datetime.now(UTC).date() - timedelta(days=days_ago)


def test_a_revision_that_could_not_be_fetched_is_asked_for_again(store):
    with FakeEntrez(entries(300)) as fake:
        harvest(store, fake)
        age(store, 40)
        revise(fake, 30_000_007)
        fake.pubmed[31_000_000] = Entry(31_000_000, date(2020, 1, 1), date(2020, 1, 1), "New")
        fake.faults = deque(["", *["503"] * request.ATTEMPTS])
        fake.pubmed |= entries(500, date(2020, 1, 1))
        revise(fake, 30_000_007)
        harvest(store, fake)
        held, asked_for = harvest(store, fake)
        assert asked_for >= 1
        assert titles(store, held) == expected(fake)
        assert store.quarantine().is_empty()


@pytest.mark.parametrize("days", [1, 2, 3, 7, 30])
def test_what_was_revised_since_is_found_whenever_that_was(store, days):
    with FakeEntrez(entries(300)) as fake:
        harvest(store, fake)
        age(store, days)
        revise(fake, 30_000_007, days)
        revise(fake, 30_000_008, 0)
        held, asked_for = harvest(store, fake)
        assert titles(store, held) == expected(fake)
        assert asked_for == 2
        age(store, 20)
        assert harvest(store, fake)[1] <= 2  # a revision may be fetched once more, but not what never changed


def test_articles_of_an_overlapping_search_are_kept_up_to_date(store):
    with FakeEntrez(entries(300)) as fake:
        harvest(store, fake)
        age(store, 10)
        revise(fake, 30_000_007, 5)
        entrez = entrez_of(fake)
        plan = plan_harvest(store, entrez, "a wider term")
        assert [page.pmids for page in plan.pages] == [(30_000_007,)]


def test_a_revision_that_was_taken_back_counts(store):
    with FakeEntrez(entries(200)) as fake:
        harvest(store, fake)
        first = fake.pubmed[30_000_007].title
        revise(fake, 30_000_007)
        harvest(store, fake)
        fake.pubmed[30_000_007].title = first
        held, _ = harvest(store, fake)
        assert titles(store, held)[30_000_007] == first


def test_an_outage_is_no_success_and_the_next_harvest_makes_up_for_it(store):
    with FakeEntrez(entries(8_000), faults=deque(["503"] * (40 * request.ATTEMPTS))) as fake:
        with pytest.raises(NetworkError, match=r"PubMed sent none of 8,000 articles \(.*HTTP 503"):
            harvest(store, fake)
        assert len(store.quarantine("articles")) == 8_000
        held, _ = harvest(store, fake)
        assert titles(store, held) == expected(fake)
        assert store.quarantine("articles").is_empty()


def test_a_page_that_fails_half_way_is_quarantined_by_half(store):
    with FakeEntrez(entries(200), faults=deque(["short", *["503"] * request.ATTEMPTS])) as fake:
        harvest(store, fake)
        assert len(store.quarantine("articles")) == 1
        held, asked_for = harvest(store, fake)
        assert asked_for == 1
        assert titles(store, held) == expected(fake)
        assert store.quarantine("articles").is_empty()


@pytest.mark.parametrize("answer", ["<eSearchResult></eSearchResult>", "<eSearchResult><ERROR/></eSearchResult>",
                                    "<eSearchResult><Count>x</Count></eSearchResult>", "<other/>", ""])  # fmt: skip
def test_an_answer_that_counts_nothing_is_no_search(answer, monkeypatch):
    with FakeEntrez(entries(10)) as fake:
        monkeypatch.setattr(fake, "search", lambda _asked: answer)
        with pytest.raises(NetworkError, match="tries failed"):
            entrez_of(fake).search("cancer")


@pytest.mark.parametrize("fault", ["503", "html", "truncated", "error"])
def test_a_page_that_can_not_be_had_is_quarantined_and_the_next_harvest_fills_the_hole(store, fault):
    with FakeEntrez(entries(600), faults=deque(["", *[fault] * request.ATTEMPTS])) as fake:
        held, _ = harvest(store, fake)
        assert len(titles(store, held)) == 400
        refused = store.quarantine("articles")
        assert len(refused) == 200
        assert f"{request.ATTEMPTS} tries failed" in refused["reason"][0]
        held, asked_for = harvest(store, fake)
        assert asked_for == 200
        assert titles(store, held) == expected(fake)
        assert store.quarantine("articles").is_empty()


def test_what_was_found_but_not_sent_is_asked_for_by_pmid_and_then_told(store):
    with FakeEntrez(entries(400), faults=deque(["short"])) as fake:
        held, _ = harvest(store, fake)
        assert titles(store, held) == expected(fake)
    with FakeEntrez(entries(400, date(2021, 1, 1)), faults=deque(["short", "short"])) as fake:
        fake.pubmed = {pmid + 1_000_000: Entry(pmid + 1_000_000, entry.entered, entry.revised, entry.title)
                       for pmid, entry in fake.pubmed.items()}  # fmt: skip
        harvest(store, fake)
        assert store.quarantine("articles")["reason"].to_list() == ["PubMed found it, but did not send it"]


def test_a_record_that_is_no_xml_costs_no_other(store):
    with FakeEntrez(entries(200), faults=deque(["garbage"])) as fake:
        held, _ = harvest(store, fake)
        # Sent once more by PMID, the record is whole.
        assert titles(store, held) == expected(fake)


def test_a_search_that_fails_for_good_says_so_without_the_key():
    with FakeEntrez(entries(10), search_faults=deque(["503"] * request.ATTEMPTS)) as fake:
        entrez = Entrez(fake.url, "someone@example.org", SecretStr("SECRET-OF-NCBI"))
        with pytest.raises(NetworkError, match=r"ESearch .*tries failed.*HTTP 503") as error:
            entrez.search("cancer")
        assert "SECRET-OF-NCBI" not in str(error.value)
        assert fake.requests[0][2]["api_key"] == "SECRET-OF-NCBI"


def test_tool_and_address_are_always_sent(store):
    with FakeEntrez(entries(300)) as fake:
        harvest(store, fake)
        assert {(asked["tool"], asked["email"]) for _, _, asked in fake.requests} == {
            ("mesh-distillery", "someone@example.org")
        }


def test_retry_after_is_kept():
    with FakeEntrez(entries(10), search_faults=deque(["429"]), retry_after="1") as fake:
        entrez_of(fake).search("cancer")
        first, second = (moment for moment, _, _ in fake.requests)
        assert second - first >= 1


@pytest.mark.parametrize(("rate", "allowed"), [(client.RATE, 3), (client.RATE_WITH_KEY, 10)])
def test_the_rate_is_kept_by_threads_together(rate, allowed, monkeypatch):
    monkeypatch.setattr(client, "RATE", rate)
    with FakeEntrez(entries(10)) as fake, ThreadPoolExecutor(8) as pool:
        entrez = entrez_of(fake)
        list(pool.map(lambda _: entrez.search("cancer"), range(int(3 * rate))))
        assert fake.rate() <= allowed
        span = fake.requests[-1][0] - fake.requests[0][0]
        assert (len(fake.requests) - 1) / span > 0.9 * rate


def test_the_store_accounts_for_every_page(store):
    with FakeEntrez(entries(450)) as fake:
        held, _ = harvest(store, fake)
        files = pl.concat([pl.read_parquet(part) for part in (store.root / "files").glob("*/parts/*.parquet")])
        assert files["rows"].sort().to_list() == [50, 200, 200]
        assert set(files["file"]) == set(held.files)


def test_listed_pmids_are_fetched_and_then_only_what_was_revised(store):
    listed = [30_000_450, 30_000_001, 30_000_007]
    with FakeEntrez(entries(500)) as fake:
        held, asked_for = harvest_list(store, fake, listed)
        assert asked_for == 3
        assert titles(store, held) == {pmid: f"Title {pmid}" for pmid in sorted(listed)}
        assert not held.searched  # what is wanted of them has still to be chosen
        age(store, 3)
        revise(fake, 30_000_007, 1)
        revise(fake, 30_000_008, 1)
        again, asked_for = harvest_list(store, fake, listed)
        assert asked_for == 1
        assert titles(store, again)[30_000_007] == "Corrected 1"
        assert harvest(store, fake)[0].searched


def test_every_listed_pmid_is_accounted_for(store):
    with FakeEntrez(entries(10)) as fake:
        held, _ = harvest_list(store, fake, [30_000_001, 40_000_000])
        assert list(titles(store, held)) == [30_000_001]
        assert store.quarantine("articles").select("key", "reason").rows() == [
            ("PMID 40000000", "PubMed has no such PMID, or did not send it")
        ]
        with pytest.raises(NetworkError, match=r"none of 1 articles \(PubMed has no such PMID"):
            harvest_list(store, fake, [40_000_000])


def test_an_invalid_key_is_told_at_once_and_without_the_key():
    with FakeEntrez(entries(10), search_faults=deque(["key"])) as fake:
        entrez = Entrez(fake.url, "someone@example.org", SecretStr("SECRET-OF-NCBI"))
        with pytest.raises(
            NetworkError, match=r"NCBI refused esearch: API key invalid: \*\*\*; check NCBI_API_KEY"
        ) as error:
            entrez.search("cancer")
        assert "SECRET-OF-NCBI" not in str(error.value)
        assert len(fake.requests) == 1


def test_what_pubmed_warns_of_is_told(monkeypatch, caplog):
    answer = fake_entrez.SEARCH.format(count=0, listed=0, env="e", ids="").replace(
        "<TranslationSet/>", "<WarningList><QuotedPhraseNotFound>a b</QuotedPhraseNotFound></WarningList>"
    )
    with FakeEntrez(entries(10)) as fake:
        monkeypatch.setattr(fake, "search", lambda _asked: answer)
        entrez_of(fake).search('"a b"')
    assert "QuotedPhraseNotFound: a b" in caplog.text


def test_a_file_of_pmids_is_read_as_people_write_them(tmp_path):
    path = tmp_path / "pmids.csv"
    path.write_bytes("\ufeffPMID\r\n38000001, 38000002;7\r\n\r\n0038000003 7\r\n".encode())
    assert read_pmids(path) == (38_000_001, 38_000_002, 7, 38_000_003)
    path.write_text("38000001\n38000002 Smith\n")
    with pytest.raises(SourceError, match=r"pmids\.csv line 2: expected PMIDs, such as 38000001, found 'Smith'"):
        read_pmids(path)
    path.write_text("pmid\n")
    with pytest.raises(SourceError, match="holds no PMID"):
        read_pmids(path)


def test_a_list_of_pmids_that_is_packed_and_cut_off_is_told(tmp_path):
    path = tmp_path / "pmids.txt.gz"
    packed = gzip.compress("\n".join(map(str, range(1, 5_000))).encode())
    path.write_bytes(packed)
    assert len(read_pmids(path)) == 4_999
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(SourceError, match="is cut off or damaged"):
        read_pmids(path)
