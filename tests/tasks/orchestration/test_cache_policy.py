import pytest

from tasks.literature.harvest import Harvested
from tasks.literature.harvest_task import Harvest
from tasks.literature.latest import Held
from tasks.orchestration.cache_policy import cache_identity, stage_key
from tasks.preference.score import Measure, Scoring
from tasks.questions.generator import default_generators
from tasks.serving.engine import Engine, EngineSettings
from tasks.store.recipe import Recipe
from tasks.store.reference import TableRef
from tasks.store.store import Store

REF = TableRef(table="articles/a", rows=2, fingerprint="f1")
OTHER_ROWS = TableRef(table="articles/a", rows=2, fingerprint="f2")


def test_a_key_holds_recipes_rows_and_root(tmp_path):
    first, second = default_generators()
    store = Store(str(tmp_path))
    keys = {
        stage_key("questions", None, {"store": store, "articles": REF, "generator": first}),
        stage_key("candidates", None, {"store": store, "articles": REF, "generator": first}),
        stage_key("questions", None, {"store": store, "articles": REF, "generator": second}),
        stage_key("questions", None, {"store": Store(str(tmp_path / "other")), "articles": REF, "generator": first}),
        stage_key("questions", None, {"store": store, "articles": OTHER_ROWS, "generator": first}),
    }
    assert len(keys) == 5


def test_where_a_model_is_served_and_where_a_file_lies_change_nothing():
    quick, slow = (Engine(EngineSettings(startup_seconds=seconds)) for seconds in (1, 2))
    assert stage_key("q", None, {"engine": quick}) == stage_key("q", None, {"engine": slow})


def test_what_had_to_be_read_for_a_harvest_changes_nothing():
    held = (Held(("md5 of a", "md5 of b"), (1, 2)),)
    first, again = Harvest(held, ("md5 of b",), Harvested(files=1), 2.0), Harvest(held, (), Harvested(), 0.1)
    assert cache_identity(first) == cache_identity(again)
    fewer = Harvest((Held(("md5 of a", "md5 of b"), (1,)),), (), Harvested(), 0.1)
    assert cache_identity(fewer) != cache_identity(first)


def test_an_argument_without_identity_is_a_mistake():
    with pytest.raises(TypeError, match="set, which has no cache identity"):
        cache_identity({1, 2})


def test_recipes_of_measures_and_of_stages_count():
    scoring = Scoring(measure=Measure.SIMGIC)
    assert cache_identity(scoring) == scoring.recipe.digest
    keys = {stage_key("candidates", recipe, {}) for recipe in (None, Recipe("candidates", 1), Recipe("candidates", 2))}
    assert len(keys) == 3
