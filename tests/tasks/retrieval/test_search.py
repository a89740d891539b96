import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.retrieval import search
from tasks.retrieval.encoder import Encoder
from tasks.retrieval.search import Retrieval, find_contexts, wanted_contexts


class CannedEncoder(Encoder):
    """Encodes a text such as "1,0" as that vector."""

    def encode(self, texts: list[str]) -> np.ndarray:
        return np.array([[float(number) for number in text.split(",")] for text in texts], dtype=np.float32)


def embeddings(vectors: dict[int, list[float]]) -> pl.DataFrame:
    size = len(next(iter(vectors.values())))
    return pl.DataFrame(
        {"pmid": list(vectors), "vector": list(vectors.values())},
        schema={"pmid": pl.Int64, "vector": pl.Array(pl.Float16, size)},
    )


def questions(*asked: tuple[int, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [(f"q{place}", pmid, text) for place, (pmid, text) in enumerate(asked)],
        schema=["question_id", "pmid", "question"],
        orient="row",
    )


def retrieve(asked: pl.DataFrame, found: pl.DataFrame, neighbours: int) -> list[list[int]]:
    retrieval = Retrieval(encoder=CannedEncoder(), neighbours=neighbours)
    outcome = find_contexts(wanted_contexts(asked, retrieval, "collection"), found, retrieval)
    return outcome.rows.sort("question_id")["pmids"].to_list()


def test_the_source_is_left_out_of_its_own_neighbours():
    found = embeddings({1: [1, 0], 2: [0.8, 0.6], 3: [0, 1]})
    assert retrieve(questions((1, "1,0"), (3, "1,0")), found, 2) == [[2, 3], [1, 2]]


def test_equals_are_taken_by_pmid_and_too_few_are_enough():
    found = embeddings({5: [1, 0], 4: [1, 0], 3: [1, 0], 2: [0, 1]})
    assert retrieve(questions((9, "1,0")), found, 2) == [[3, 4]]
    assert retrieve(questions((2, "1,0")), found, 10) == [[3, 4, 5]]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), neighbours=st.integers(1, 6))
def test_the_search_is_exact(seed, neighbours):
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(30, 4)).astype(np.float16)
    found = embeddings({10 + place: vector.tolist() for place, vector in enumerate(vectors)})
    query = random.normal(size=4)
    text = ",".join(map(str, query))
    similarity = vectors.astype(np.float32) @ query.astype(np.float32)
    expected = [10 + int(place) for place in np.argsort(-similarity, kind="stable") if place != 3][:neighbours]
    assert retrieve(questions((13, text)), found, neighbours) == [expected]


def test_queries_are_searched_in_blocks(monkeypatch):
    monkeypatch.setattr(search, "QUERY_ROWS", 2)
    found = embeddings({1: [1, 0], 2: [0, 1]})
    assert retrieve(questions(*[(9, "1,0"), (9, "0,1")] * 3), found, 1) == [[1], [2]] * 3


def test_a_context_depends_on_the_collection_that_was_searched():
    retrieval = Retrieval(encoder=CannedEncoder())
    asked = questions((1, "1,0"))
    keys = {wanted_contexts(asked, retrieval, name)["row_key"][0] for name in ("before", "after")}
    assert len(keys) == 2


def test_recipes_know_the_encoder():
    assert Retrieval().recipe.digest != Retrieval(encoder=Encoder(max_tokens=64)).recipe.digest
    assert Retrieval().recipe.reads == (Encoder().recipe,)


@pytest.mark.integration
def test_a_vector_does_not_depend_on_its_neighbours():
    encoder = Encoder()
    texts = [f"Treatment {number} of breast cancer in {number * 'older '}women" for number in range(1, 40)]
    together = encoder.encode(texts)
    alone = encoder.encode(texts[20:21])
    assert together.shape == (39, 384)
    assert np.array_equal(together[20], alone[0])
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


@pytest.mark.integration
def test_like_texts_are_near():
    near, far, query = Encoder().encode(
        ["Chemotherapy for breast tumours", "Tides on the coast of Norway", "Drug treatment of breast cancer"]
    )
    assert query @ near > query @ far + 0.3
