import polars as pl

from tasks.answers.answer import REPLY_COLUMNS
from tasks.answers.answerer import Answerer
from tasks.answers.gates.pass_gates import gates_recipe, pass_answer_gates, wanted_passed
from tasks.answers.gates.settings import AnswerGates

ARTICLES = pl.DataFrame(
    {
        "pmid": [11, 22],
        "title": ["Zinc in diarrhoea", "Iron in mice"],
        "abstract": ["Zinc shortened acute diarrhoea of children by 14 hours.", "Iron rose by 3% in mice and rats."],
        "content_hash": ["x", "y"],
    }
)
PREFERENCES = pl.DataFrame({"chosen_id": ["q1", "q2"], "chosen": ["Does zinc shorten diarrhoea?", "Did iron rise?"]})
SCHEMA = {
    "row_key": pl.String,
    "question_id": pl.String,
    "pmid": pl.Int64,
    "evidence": pl.List(pl.Int64),
    "kind": pl.String,
    **REPLY_COLUMNS,
}
ROWS = [
    ("a", "q1", 11, [11, 22], "yes/no", "yes", None, "Acute diarrhoea ended 14 hours sooner.", [11], None, -0.1, 0.75),
    ("b", "q2", 22, [22, 11], "yes/no", "no", None, "It fell by 5% in mice and rats.", [22], None, -0.1, None),
]
ANSWERS = pl.DataFrame(ROWS, schema=SCHEMA, orient="row")


def wanted(answers=ANSWERS, gates: AnswerGates = AnswerGates(), articles=ARTICLES, answerer=Answerer()):  # noqa: B008
    return wanted_passed(answers, PREFERENCES, articles, answerer, gates)


def test_answers_that_pass_keep_their_columns_and_the_others_are_named_with_their_reason():
    rows = wanted()
    outcome = pass_answer_gates(rows, Answerer(), AnswerGates())
    assert outcome.rows.drop("row_key").equals(ANSWERS.head(1).drop("row_key"))
    assert outcome.rows.schema == ANSWERS.schema
    [(key, named, reason)] = outcome.refused.rows()
    assert key == rows["row_key"][1]
    assert (named, reason) == ("PMID 22: Did iron rise?", "a number that the evidence does not hold")


def test_words_of_a_context_that_was_cut_off_are_no_evidence():
    said = ANSWERS.head(1).with_columns(long_answer=pl.lit("Iron rose by 3% in mice and rats."))
    strict = AnswerGates(least_grounded=1)
    whole, cut = Answerer(), Answerer(context_words=3)
    assert len(pass_answer_gates(wanted(said, strict), whole, strict).rows) == 1
    assert len(pass_answer_gates(wanted(said, strict, answerer=cut), cut, strict).rows) == 0


def test_an_answer_is_judged_anew_when_it_or_its_evidence_changes():
    changed = ARTICLES.with_columns(content_hash=pl.lit("z"))
    other = ANSWERS.with_columns(long_answer=pl.lit("It rose."))
    keys = {frame["row_key"][0] for frame in (wanted(), wanted(articles=changed), wanted(other))}
    assert len(keys) == 3


def test_the_recipe_holds_the_gates_and_the_answers():
    recipes = [
        gates_recipe(Answerer(), AnswerGates()),
        gates_recipe(Answerer(), AnswerGates(least_grounded=0.1)),
        gates_recipe(Answerer(), AnswerGates(left_out=("loops",))),
        gates_recipe(Answerer(cites=False), AnswerGates()),
    ]
    assert len({recipe.digest for recipe in recipes}) == 4


def test_no_answers_are_no_rows():
    outcome = pass_answer_gates(wanted(ANSWERS.clear()), Answerer(), AnswerGates())
    assert (len(outcome.rows), len(outcome.refused)) == (0, 0)
