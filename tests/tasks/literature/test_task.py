import pytest

from tasks.literature.article import ARTICLES
from tasks.literature.harvest import Harvested, Route, harvest_file
from tasks.literature.harvest_task import Harvest
from tasks.literature.latest import Held
from tasks.literature.sources import named_files
from tasks.literature.task import articles_stage
from tasks.literature.wanted import Wanted
from tasks.store.reference import StageResult
from tasks.store.store import Store
from tests.corpus import article, write_set

REVIEW = (("D016454", "Review"),)
NAMED_ALONE = (("", "Review"),)


@pytest.mark.parametrize(
    ("pmids", "searched", "expected"),
    [
        (None, False, [2, 3]),  # a file: what is wanted is chosen of it
        ((1, 2), False, [2]),  # a list of PMIDs: of those, too
        ((1, 2), True, [1, 2]),  # a search: PubMed has chosen
    ],
)
def test_what_is_wanted_is_chosen_of_everything_but_a_search(tmp_path, pmids, searched, expected):
    store = Store(str(tmp_path / "root"))
    records = [article(1, "1"), article(2, "2", types=REVIEW), article(3, "3", types=NAMED_ALONE)]
    [file] = named_files(str(write_set(tmp_path / "1.xml", records)))
    harvest_file(store, file.path, file.md5, Route.FILE)
    held = Held((file.md5,), pmids, searched)
    found = articles_stage.fn(
        store=store, harvest=Harvest((held,), (), Harvested(), 0.0), wanted=Wanted(publication_types=("reviews",))
    )
    ref = StageResult.model_validate(found).ref
    assert ref.table == ARTICLES.table
    assert sorted(store.read(ref, ["pmid"])["pmid"]) == expected
