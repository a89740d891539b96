import json
from typing import Any

import polars as pl
import pytest

from benchmarks.rule import LEFT_OUT, MARGINS, agreement_by_margin, evaluator_verdicts, measure_rule, report
from benchmarks.run_root import RootError, RunRoot
from tasks.preference.rule import PreferenceRule
from tasks.store.recipe import Recipe
from tasks.store.row_key import with_row_key
from tasks.store.store import Store
from tasks.vocabulary.vocabulary import Vocabulary

# Contexts of "near" questions are about skin, as article 1 and 2 are; those of "far" ones are about tools.
HEADINGS = {1: ["D6"], 2: ["D6", "D4"], 3: ["D2"], 11: ["D6"], 12: ["D4"]}
QUESTIONS = [
    ("near1", 1, "Does zinc heal the skin?", 0.2, [11]),
    ("far1", 1, "Do hammers rust quickly?", 0.1, [12]),
    ("near2", 2, "Is a graft of skin safe?", 0.0, [11]),
    ("far2", 2, "How old is this tool?", 0.0, [3]),
    ("alone3", 3, "Which organ is the heaviest?", 0.9, [11]),
]
REFUSED = ("lost2", 2, "Skin.")
TYPES = pl.List(pl.Struct({"ui": pl.String, "name": pl.String}))
ARTICLE_SCHEMA = {
    "pmid": pl.Int64, "kind": pl.String, "title": pl.String, "abstract": pl.String,
    "other_abstracts": pl.List(pl.String),
    "headings": pl.List(pl.Struct({"ui": pl.String, "name": pl.String, "major": pl.Boolean})),
    "publication_types": TYPES, "corrections": pl.List(pl.Struct({"kind": pl.String})), "content_hash": pl.String,
}  # fmt: skip


def write(store: Store, stage: str, rows: pl.DataFrame, key: str, **parameters: Any) -> str:
    recipe = Recipe(stage, 1, parameters)
    store.table(recipe).commit(with_row_key(rows, recipe, [key]))
    return recipe.table


@pytest.fixture
def root(tmp_path) -> Store:
    store = Store(str(tmp_path))
    articles = [
        (pmid, "article", "T", "A", [], [{"ui": ui, "name": ui, "major": True} for ui in uis], [], [], "x")
        for pmid, uis in HEADINGS.items()
    ]
    write(store, "articles", pl.DataFrame(articles, schema=ARTICLE_SCHEMA, orient="row"), "pmid")
    kept = pl.DataFrame(QUESTIONS, schema=["question_id", "pmid", "question", "copied", "pmids"], orient="row")
    kept = kept.with_columns(kind=pl.lit("yes/no"), generator=pl.lit("a"))
    asked = kept.select("question_id", "pmid", "kind", "question")
    lost = pl.DataFrame([REFUSED], schema=["question_id", "pmid", "question"], orient="row")
    write(store, "questions", asked, "question_id")
    write(store, "questions", lost.with_columns(kind=pl.lit("yes/no")).select(asked.columns), "question_id", other=1)
    write(store, "candidates", kept.drop("pmids"), "question_id")
    write(store, "contexts", kept.select("question_id", "pmids"), "question_id")
    return store


def test_the_rule_as_shipped_and_without_each_part(root, toy, capsys):
    found = measure_rule(RunRoot(root), toy, Vocabulary())
    rules = found["rules"]
    assert list(rules) == ["as shipped", *LEFT_OUT]
    # near1 wins but copies more than far1: no pair of article 1. Article 3 has one question, which copies too much.
    assert rules["as shipped"] == {"winners": 2, "highest": 1.0, "pairs": 2, "other_winners": 0, "other_pairs": 0}
    assert rules["no bound within pairs"]["other_pairs"] == 1
    assert rules["no bound on winners"] | {"winners": 3, "other_winners": 1} == rules["no bound on winners"]
    assert rules["no refused questions"]["pairs"] == 1
    assert rules["no bound on copying"]["other_winners"] == 1
    report(found)
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["winners"], last["others"]["no refused questions"]) == (2, [0, 1])


def test_every_part_of_the_rule_is_left_out_once():
    changed = {name for change in LEFT_OUT.values() for name in change}
    assert changed == set(PreferenceRule.model_fields) - {"spread", "most_pairs"}


def test_verdicts_agree_where_the_better_one_scores_higher():
    scored = pl.DataFrame({"question_id": ["a", "b", "c", "d"], "score": [0.5, 0.3, 0.3, None]})
    verdicts = pl.DataFrame({"better_id": ["a", "b", "b", "a"], "worse_id": ["b", "a", "c", "d"]})
    # 0.2 is 2.5 standard deviations; equal scores and questions without one say nothing.
    classes = agreement_by_margin(verdicts, scored, 0.08)
    assert [(each.low, each.verdicts, each.agree) for each in classes if each.verdicts] == [(2.0, 2, 0.5)]
    assert len(classes) == len(MARGINS) - 1


def test_an_evaluator_s_verdict_is_that_of_both_orders():
    verdicts = pl.DataFrame(
        {"pmid": [1] * 4, "first_id": ["a", "b", "c", "a"], "second_id": ["b", "a", "a", "d"],
         "first_better": [0.9, 0.6, 0.9, 0.9]}
    )  # fmt: skip
    assert evaluator_verdicts(verdicts).rows() == [("a", "b")]


def test_the_evaluator_stands_beside_the_rule_where_the_root_has_verdicts(root, toy):
    judged = pl.DataFrame(
        {"pmid": [1, 1], "first_id": ["far1", "near1"], "second_id": ["near1", "far1"], "first_better": [0.9, 0.1],
         "key": ["a", "b"]}
    )  # fmt: skip
    write(root, "verdicts", judged, "key")
    agreement = measure_rule(RunRoot(root), toy, Vocabulary())["agreement"]
    assert sum(each["verdicts"] for each in agreement["rule"]) == 2
    assert [each["agree"] for each in agreement["evaluator"] if each["verdicts"]] == [0.0]


def test_a_root_of_several_tables_asks_for_a_dataset(root, toy, tmp_path):
    again = pl.DataFrame({"question_id": ["near1"], "pmids": [[12]]})
    other = write(root, "contexts", again, "question_id", neighbours=9)
    with pytest.raises(RootError, match=r"2 tables of contexts .*name the folder of one dataset of it \(--dataset\)"):
        RunRoot(root).contexts()
    folder = tmp_path / "datasets" / "one"
    folder.mkdir(parents=True)
    with pytest.raises(RootError, match=r"recipes.json can not be read"):
        RunRoot(root, folder).contexts()
    (folder / "recipes.json").write_text(json.dumps({other: {}}))
    assert RunRoot(root, folder).contexts().rows() == [("near1", [12])]
    with pytest.raises(RootError, match="holds no questions"):
        RunRoot(root, folder).questions()


def test_a_root_without_a_run_is_told(tmp_path):
    with pytest.raises(RootError, match="holds no candidates"):
        RunRoot(Store(str(tmp_path))).candidates()
