import polars as pl
import pytest

from tasks.retrieval import encoder as encoder_module
from tasks.retrieval import search
from tasks.retrieval.embed import draw_searched
from tasks.retrieval.encoder import Encoder
from tasks.retrieval.search import Retrieval


def articles(*pmids: int) -> pl.DataFrame:
    return pl.DataFrame({"pmid": pmids, "title": [f"title {pmid}" for pmid in pmids]})


def test_a_larger_draw_holds_a_smaller_one_and_new_articles_change_their_share_alone():
    few, many = draw_searched(articles(*range(1000)), 50), draw_searched(articles(*range(1000)), 200)
    assert (len(few), len(many)) == (50, 200)
    assert few["pmid"].is_in(many["pmid"].implode()).all()
    assert few.equals(few.sort("pmid"))
    grown = draw_searched(articles(*range(1100)), 200)
    assert 0.85 < grown["pmid"].is_in(many["pmid"].implode()).mean() < 0.97  # ten elevenths


def test_the_draw_is_even_over_pmids():
    drawn = draw_searched(articles(*range(20_000)), 4_000)["pmid"]
    assert 0.18 < (drawn < 5_000).sum() / 5_000 < 0.22


@pytest.mark.parametrize("most", [0, 3, 4])
def test_all_are_searched_where_that_many_are_wanted(most):
    assert draw_searched(articles(3, 1, 2), most)["pmid"].to_list() == [1, 2, 3]


def test_hardware_decides_what_was_left_open_and_the_recipe_says_how(monkeypatch):
    for bfloat16, gpu, dtype, most in [(True, True, "bfloat16", 0), (False, False, "float32", search.CPU_ARTICLES)]:
        monkeypatch.setattr(encoder_module, "computes_bfloat16", lambda answer=bfloat16: answer)
        monkeypatch.setattr(search, "has_gpu", lambda answer=gpu: answer)
        resolved = Retrieval().resolved()
        assert (resolved.encoder.dtype, resolved.max_articles) == (dtype, most)
        assert Encoder().recipe.parameters["dtype"] == dtype
        assert resolved.encoder.recipe.digest == Encoder().recipe.digest == Encoder(dtype=dtype).recipe.digest
    chosen = Retrieval(max_articles=7, encoder=Encoder(dtype="bfloat16"))
    assert chosen.resolved() == chosen
