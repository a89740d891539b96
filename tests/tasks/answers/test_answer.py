import polars as pl
import pytest

from tasks.answers.answer import DECIDED, answer_asking, count_unquoted, wanted_answers
from tasks.answers.answerer import Answerer
from tasks.kinds import Kind
from tasks.serving.ask_rows import ask_rows
from tasks.serving.conversation import Prompt
from tasks.serving.endpoint import Endpoint
from tasks.serving.reply import Reply
from tests.fake_llm import MODEL

ARTICLES = pl.DataFrame(
    {
        "pmid": [11, 22, 33],
        "title": ["Iron in mice", "Zinc", "Copper in rats"],
        "abstract": ["Iron rose in mice.", "A2 b c d", "Copper fell."],
        "content_hash": list("xyz"),
    }
)
CONTEXTS = pl.DataFrame({"question_id": ["q1", "q2"], "pmids": [[33, 22], [11]]})


def preferences(kind: str = "yes/no") -> pl.DataFrame:
    return pl.DataFrame({"pmid": [11], "kind": [kind], "chosen_id": ["q1"], "chosen": ["Does iron rise in mice?"]})


def wanted(answerer: Answerer = Answerer(), kind: str = "yes/no", articles=ARTICLES, **given) -> pl.DataFrame:  # noqa: B008
    return wanted_answers(preferences(kind), CONTEXTS, articles, answerer, **given)


def decided(decision: str, probability: float | None) -> pl.DataFrame:
    return pl.DataFrame([("q1", decision, -0.5, probability)], schema=DECIDED, orient="row")


def only_row(frame: pl.DataFrame) -> dict:
    [row] = frame.iter_rows(named=True)
    return row


def test_the_evidence_is_the_source_and_then_the_contexts():
    row = only_row(wanted())
    assert row["evidence"] == [11, 33, 22]
    assert [passage["title"] for passage in row["passages"]] == ["Iron in mice", "Copper in rats", "Zinc"]


def test_contexts_that_are_not_shown_are_no_evidence():
    row = only_row(wanted(Answerer(context_words=0)))
    assert (row["evidence"], len(row["passages"])) == ([11], 1)


def test_an_answer_depends_on_the_text_of_its_evidence_on_its_kind_and_on_its_decision():
    changed = ARTICLES.with_columns(content_hash=pl.Series(["x", "y", "new"]))
    frames = [
        wanted(),
        wanted(articles=changed),
        wanted(kind="factoid"),
        wanted(decided=decided("no", 0.5)),
        wanted(decided=decided("no", 0.25)),
    ]
    assert len({frame["row_key"][0] for frame in frames}) == 5


@pytest.mark.parametrize("kind", Kind)
def test_answers_of_each_kind_are_asked_as_json_and_kept_with_their_question(llm, kind):
    outcome = ask_rows(wanted(kind=kind), answer_asking(Answerer()), Endpoint(llm.url, MODEL))
    row = only_row(outcome.rows)
    assert (row["question_id"], row["evidence"], row["kind"]) == ("q1", [11, 33, 22], kind)
    assert (row["decision"] in ("yes", "no", "maybe")) == (kind == Kind.YES_NO)
    assert (row["short_answer"] is not None) == (kind in (Kind.FACTOID, Kind.LIST))
    assert (row["cited"], row["evidence_sentence"]) == ([11], "Iron in mice Iron rose in mice.")
    schema = llm.requests[0]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["used"]["items"] == {"enum": [11, 33, 22]}
    assert schema["properties"]["long_answer"]["maxLength"] == 400
    told = [message["content"] for message in llm.requests[0]["messages"]]
    assert told[-1].endswith(
        "Evidence:\n[11] Iron in mice\nIron rose in mice.\n\n[33] Copper in rats Copper fell.\n\n[22] Zinc A2 b c d\n\n"
        "Question: Does iron rise in mice?"
    )
    assert all(f"- {name}: " in told[0] for name in schema["properties"])
    assert ("top_logprobs" in llm.requests[0]) == (kind == Kind.YES_NO)


def test_what_all_rows_are_told_comes_first_and_alone_what_differs_last():
    asking, rows = answer_asking(Answerer()), [only_row(wanted()), only_row(wanted(articles=ARTICLES.reverse()))]
    other = {**rows[1], "question": "Does zinc?"}
    first, second = (asking.request(row).conversation for row in (rows[0], other))
    assert first[:-1] == second[:-1]
    assert first[-1] != second[-1]


def test_ingredients_that_are_left_out_are_neither_asked_for_nor_shown():
    plain = Answerer(cites=False, quotes=False)
    request = answer_asking(plain).request(only_row(wanted(plain)))
    assert list(request.constraint.schema["properties"]) == ["decision", "long_answer"]
    said = " ".join(message["content"] for message in request.conversation)
    assert '"used"' not in said and "evidence_sentence" not in said and "used:" not in said
    row = answer_asking(plain).read(
        Reply('{"decision":"no","long_answer":"It fell."}', "stop", 1, 1), only_row(wanted())
    )
    assert (row["cited"], row["evidence_sentence"]) == ([], None)


def test_a_decision_that_stands_is_the_only_one_to_be_had_and_brings_its_probability():
    row = only_row(wanted(decided=decided("maybe", 0.75)))
    asking = answer_asking(Answerer())
    assert asking.request(row).constraint.schema["properties"]["decision"] == {"enum": ["maybe"]}
    assert asking.request(row).alternatives is None
    said = '{"decision":"%s","long_answer":"Iron rose in some mice.","used":[11]}'
    answer = asking.read(Reply(said % "maybe", "stop", 1, 1), row)
    assert (answer["decision"], answer["logprob"], answer["probability"]) == ("maybe", -0.5, 0.75)
    assert asking.read(Reply(said % "yes", "stop", 1, 1), row) == "it decides otherwise than it was to"


def test_ones_own_prompt_is_for_its_kind_and_the_built_in_ones_for_the_others():
    own = Prompt(system="Mine.", template="{evidence} {question}")
    answerer = Answerer(prompt=own, prompt_kind=Kind.LIST)
    assert answerer.prompt_of(Kind.LIST) == own
    assert answerer.prompt_of(Kind.YES_NO) == Answerer().prompt_of(Kind.YES_NO)
    assert answerer.recipe.digest != Answerer().recipe.digest


def test_the_recipe_holds_what_can_change_an_answer():
    changed = [
        Answerer(cites=False),
        Answerer(quotes=False),
        Answerer(longest_answer=300),
        Answerer(context_words=10),
        Answerer(calibration={"temperature": 2}),
    ]
    assert len({answerer.recipe.digest for answerer in [Answerer(), *changed]}) == 6


def test_a_template_that_tells_nothing_of_the_question_is_refused():
    with pytest.raises(ValueError, match=r"the template has no {question}; write {evidence} and {question} where"):
        Answerer(prompt={"template": "{evidence}"})


def test_answers_that_quote_nothing_are_counted():
    assert count_unquoted(pl.DataFrame({"evidence_sentence": ["It rose in mice.", None, None]})) == 2
