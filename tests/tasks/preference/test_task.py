import polars as pl

from tasks.preference.evaluator import Evaluator
from tasks.preference.rule import PreferenceRule
from tasks.preference.task import _texts, evaluator_scores_stage, labels_stage, preferences_stage, verdicts_stage
from tasks.store.recipe import Recipe
from tasks.store.row_key import with_row_key
from tasks.store.store import Store

RECIPE = Recipe("articles", 1)


def key(stage, **arguments) -> str:
    return stage.cache_policy.compute_key(
        type("Run", (), {"task": stage})(), inputs={"arguments": arguments}, flow_parameters={}
    )


def test_texts_are_those_of_the_articles_that_are_named(tmp_path):
    store = Store(str(tmp_path))
    articles = pl.DataFrame(
        {"pmid": [1, 2, 3, 4], "title": list("abcd"), "abstract": list("ABCD"), "journal": ["J"] * 4}
    )
    rows = with_row_key(articles, RECIPE, ["pmid"])
    for part in (rows[:2], rows[2:]):
        store.table(RECIPE).commit(part)
    ref = store.select(store.table(RECIPE), rows["row_key"])
    candidates = pl.DataFrame({"question_id": ["q", "r"], "pmid": [1, 1]})
    contexts = pl.DataFrame(
        {"question_id": ["q", "r"], "pmids": [[3], []]}, schema_overrides={"pmids": pl.List(pl.Int64)}
    )
    found = _texts(store, ref, candidates, contexts).sort("pmid")
    assert found.rows() == [(1, "a", "A"), (3, "c", "C")]


def test_prefect_computes_anew_what_a_setting_can_change():
    rules = [PreferenceRule(), PreferenceRule(spread=0.073), PreferenceRule(most_copied=0.3)]
    for stage in (preferences_stage, labels_stage):
        assert len({key(stage, rule=rule, evaluator=Evaluator()) for rule in rules}) == 3
    warm = Evaluator(temperature=2.0)
    scores = {key(evaluator_scores_stage, scoring=evaluator.scoring) for evaluator in (Evaluator(), warm)}
    assert len(scores) == 2
    assert key(verdicts_stage, evaluator=Evaluator()) == key(verdicts_stage, evaluator=warm)
