import polars as pl
import pytest

from tasks.estimate.measured import Measured, keep, recall
from tasks.estimate.units import ARTICLE, SENTENCE, denied, ended, first_units
from tasks.store.outcome import REFUSED_SCHEMA
from tasks.store.recipe import Recipe
from tasks.store.reference import LlmUsage, StageResult, TableRef
from tasks.store.store import Store
from tasks.store.table import Table


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(str(tmp_path))


def fill(store: Store, stage: str, rows: pl.DataFrame, refused: list[tuple[str, str, str]] | None = None) -> Table:
    table = store.table(Recipe(stage, 1))
    table.commit(rows)
    table.quarantine(pl.DataFrame(refused or [], schema=REFUSED_SCHEMA, orient="row"))
    return table


def about(**pmids: int) -> pl.DataFrame:
    return pl.DataFrame({"row_key": list(pmids), "pmid": list(pmids.values())})


def test_the_first_units_are_the_same_each_time_and_part_of_the_plan(store):
    rows = pl.DataFrame({"row_key": ["d", "b", "a", "c"], "pmid": [4, 2, 1, 3]})
    planned = store.select(fill(store, "samples", rows), rows["row_key"])
    assert ARTICLE.of(store, first_units(store, planned, 2)) == {1, 2}
    assert ARTICLE.of(store, first_units(store, planned, 3)) == {1, 2, 3}
    assert first_units(store, planned, 9) == planned


def test_what_is_done_stands_in_rows_or_quarantine(store):
    table = fill(store, "questions", about(a=1, b=2), [("c", "PMID 3", "the model said nothing")])
    assert ARTICLE.done(table) == {1, 2, 3}
    assert ARTICLE.in_rows(table) == {1, 2}
    assert ARTICLE.done(store.table(Recipe("answers", 1))) == frozenset()


def test_an_article_has_ended_when_it_was_refused_and_nothing_of_it_passed(store):
    questions = fill(store, "questions", about(a=1, b=2), [("c", "PMID 3", "the model said nothing")])
    refused = [("x", "PMID 1 researcher: Is it so?", "too short"), ("y", "PMID 2 clinician: Why?", "too short")]
    passing = fill(store, "candidates", about(z=2), refused)
    assert ended(ARTICLE, [questions, passing], passing) == {1, 3}


def test_sentences_that_a_pre_filter_denied(store):
    rows = pl.DataFrame({"row_key": ["a", "b"], "example_id": ["s1", "s2"], "verdict": ["yes", "no"]})
    table = fill(store, "teacher-filter", rows, [("c", "sentence s3 of PMID unknown", "the reply was cut off")])
    assert denied(table) == {"s2", "s3"}
    assert SENTENCE.done(table) == {"s1", "s2", "s3"}


def test_what_was_measured_is_kept_by_table(store):
    ref = TableRef(table="questions/ab12", rows=9, fingerprint="f")
    usage = LlmUsage(requests=3, prompt_tokens=30, completion_tokens=9)
    result = StageResult(
        stage="questions", ref=ref, computed=3, reused=6, dropped=0, seconds=70.0, starting=61.5, usage=usage
    )
    measured = Measured.of(result, 3)
    assert (measured.units, measured.rows, measured.seconds) == (3, 3, 8.5)
    keep(store.root, {ref.table: measured})
    assert recall(store.root, ref.table) == measured
    assert recall(store.root, "answers/cd34") is None
    (store.root / "estimates" / "answers-cd34.json").write_text("{}")
    assert recall(store.root, "answers/cd34") is None
    assert store.tables() == []
