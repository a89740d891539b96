import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh.document_frequency import DocumentFrequency, corpus_information_content


def test_corpus_information_content_by_hand(toy):
    # Four articles; D1's subtree holds D1, D2, D3, D6: in articles 1, 2 and 3. "X" is unknown.
    content = corpus_information_content(toy, pl.Series([["D3"], ["D2", "D6"], ["D6", "X"], ["D5"]]))
    assert content["D1"] == pytest.approx(-math.log((3 + 1) / 5))
    assert content["D3"] == pytest.approx(-math.log((2 + 1) / 5))  # itself, and Patch below it
    assert content["D4"] == pytest.approx(-math.log((2 + 1) / 5))
    assert content["D6"] == pytest.approx(-math.log((2 + 1) / 5))
    assert content["D2"] == pytest.approx(-math.log((2 + 1) / 5))  # article 1 through Graft, article 2 itself


def test_a_heading_never_seen_has_the_highest_content(toy):
    content = corpus_information_content(toy, pl.Series([["D6"]] * 9))
    assert content["D5"] == pytest.approx(math.log(10))
    assert content["D1"] == 0


def test_articles_are_counted_a_batch_at_a_time(toy):
    frequency = DocumentFrequency(toy)
    for batch in ([["D3", "X"], ["D2", "D6"]], [["D6", "Y"], ["D5"]], []):
        frequency.add(pl.Series(batch, dtype=pl.List(pl.String)))
    assert (frequency.articles, frequency.unknown) == (4, 2)
    assert frequency.counts() == {"D1": 3, "D2": 2, "D3": 2, "D4": 2, "D5": 1, "D6": 2}
    assert frequency.information_content(0.5)["D5"] == pytest.approx(-math.log(1.5 / 4.5))


@pytest.mark.parametrize("smoothing", [0, -1])
def test_smoothing_is_needed(toy, smoothing):
    with pytest.raises(ValueError, match="expected more than 0"):
        DocumentFrequency(toy).information_content(smoothing)


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_counts_are_those_of_sets_of_ancestors(hierarchy, data):
    uis = st.sampled_from(hierarchy.descriptors["ui"].to_list())
    articles = data.draw(st.lists(st.lists(uis, max_size=6), max_size=8))
    frequency = DocumentFrequency(hierarchy)
    frequency.add(pl.Series(articles, dtype=pl.List(pl.String)))
    closures = [frozenset().union(*(hierarchy.ancestors(ui) for ui in article)) for article in articles]
    counts = frequency.counts()
    for ui in frozenset().union(*closures):
        assert counts[ui] == sum(ui in closure for closure in closures)
    assert sum(counts.values()) == sum(map(len, closures))


def test_content_grows_down_every_edge_between_descriptors_of_one_position(hierarchy):
    # One of several positions has articles from elsewhere, and may say less than what stands above it here.
    uis = hierarchy.descriptors["ui"].to_list()
    content = corpus_information_content(
        hierarchy, pl.Series([uis[start : start + 9] for start in range(0, 30_000, 7)])
    )
    edges = [(hierarchy.at(above), hierarchy.at(below)) for above, below in hierarchy.graph.edges]
    single = [edge for edge in edges if all(ui and len(hierarchy.tree_numbers(ui)) == 1 for ui in edge)]
    assert len(single) > 5_000
    assert all(content[above] <= content[below] for above, below in single)
    assert any(content[above] > content[below] for above, below in edges if above and below)
