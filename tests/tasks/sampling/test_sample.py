import polars as pl
import pytest

from mesh.branch import find_branch
from tasks.sampling.sample import EmptyBranchError, SampleSettings, sample_articles, wanted_samples

ARTICLES = pl.DataFrame(
    {
        "pmid": [1, 2, 3],
        "headings": [[{"ui": "D6", "major": True}], [{"ui": "D5", "major": True}], [{"ui": "D1", "major": False}]],
        "content_hash": ["a", "b", "c"],
    }
)


def settings_for(hierarchy, branch: str, articles: int = 10) -> SampleSettings:
    found = find_branch(hierarchy, branch)
    return SampleSettings(tree_numbers=found.tree_numbers, branch_name=found.name, articles=articles, seed=0)


def test_samples_say_where_they_stand(toy):
    drawn, shortage = sample_articles([ARTICLES], toy, settings_for(toy, "Body"))
    assert shortage == 8
    assert drawn.select("pmid", "content_hash", "branch", "stratum").rows() == [
        (1, "a", "A01", "D6"),
        (3, "c", "A01", "D1"),
    ]


def test_a_branch_without_articles_is_an_error(toy):
    with pytest.raises(EmptyBranchError, match="none of the 3 usable articles"):
        sample_articles([ARTICLES[:2], ARTICLES[2:]], toy, settings_for(toy, "A01.100"))


def test_names_are_no_part_of_a_recipe_and_collections_are_of_a_key(toy):
    named, numbered = settings_for(toy, "Body"), settings_for(toy, "A01")
    assert named.recipe == numbered.recipe
    drawn, _ = sample_articles([ARTICLES], toy, named)
    keys = [set(wanted_samples(drawn, named, collection)["row_key"]) for collection in ("before", "after")]
    assert not keys[0] & keys[1]


def test_sources_without_a_usable_article_are_told_so(toy):
    with pytest.raises(EmptyBranchError, match="no article of the sources may be sampled: each lacks an abstract"):
        sample_articles([ARTICLES[:0]], toy, settings_for(toy, "Body"))


def test_headings_of_older_names_are_counted_where_a_branch_is_empty(toy):
    bare = pl.DataFrame(
        {
            "pmid": [1],
            "headings": [[{"ui": None, "name": "Humours", "major": True}, {"ui": "D6", "name": "Skin", "major": True}]],
            "content_hash": ["a"],
        }
    )
    told = r"usable articles carries one of its headings \(1 of their 2 headings carry no UI and no name that MeSH"
    with pytest.raises(EmptyBranchError, match=told):
        sample_articles([bare], toy, settings_for(toy, "A01.100"))
