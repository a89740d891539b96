import polars as pl
import pytest
from upath import UPath

from tasks.review.dataset_folder import DatasetError
from tasks.review.run_tables import article_texts, asked_questions, refused_questions, root_of, tables_of_run
from tests.made_up_root import ANSWERS, CLINICIAN, QUESTION, made_up_root, with_dataset


@pytest.fixture
def store(tmp_path):
    return made_up_root(tmp_path / "root")


def test_every_question_asked_with_columns_that_came_later(store):
    asked = asked_questions(store, tables_of_run(store))
    assert len(asked) == 6
    assert asked.filter(question_id="clinician-1").to_dicts() == [{
        "question_id": "clinician-1", "pmid": 1, "generator": "clinician", "kind": "yes/no", "question": QUESTION,
        "finish_reason": None,
    }]  # fmt: skip
    assert asked_questions(store, []).is_empty()


def test_questions_that_are_no_candidates_were_refused(store):
    refused = refused_questions(store, tables_of_run(store))
    assert refused["question_id"].to_list() == ["clinician-3", "researcher-3"]


def test_of_a_dataset_its_tables_alone(store):
    with_dataset(store, CLINICIAN, ANSWERS)
    tables = tables_of_run(store)
    assert tables == [CLINICIAN.table, ANSWERS.table]
    assert asked_questions(store, tables)["generator"].unique().to_list() == ["clinician"]
    assert tables_of_run(store, store.root / "datasets" / "d") == tables


def test_articles_of_the_highest_version(store):
    texts = article_texts(store, pl.Series([1, 1, 3, 99]))
    assert texts.rows() == [(1, "Zinc and colds", "Zinc helped."), (3, "Copper", "One two three four.")]


def test_the_root_of_a_dataset(store):
    assert root_of(store.root / "datasets" / "d") == store.root
    with pytest.raises(DatasetError, match="name the root of its run with --root"):
        root_of(UPath("/elsewhere/d"))
