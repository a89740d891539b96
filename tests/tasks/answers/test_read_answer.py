import json
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.answers.answer_format import AnswerFormat
from tasks.answers.read_answer import (
    decision_logprob,
    decision_probabilities,
    decision_probability,
    quoted_sentence,
    read_answer,
)
from tasks.kinds import Kind
from tasks.serving.reply import Reply

LONGEST = 300
PASSAGES = ["[11] Iron in mice\nIron rose by 4.1% in\nmice (n = 12). It then fell.", "[22] Zinc Zinc did not change in"]


def reply(text: str, tokens: tuple = (), finish_reason: str = "stop", alternatives: tuple = ()) -> Reply:
    return Reply(text, finish_reason, 1, 1, tokens, alternatives)


def read(text, kind: Kind = Kind.YES_NO, cites: bool = True, quotes: bool = True, **how):
    said = text if isinstance(text, str) else json.dumps(text)
    return read_answer(reply(said, **how), AnswerFormat(kind, LONGEST, cites, quotes), PASSAGES, [11, 22])


def yes(**fields) -> dict:
    return {"decision": "yes", "long_answer": "Iron rose.", **fields}


@pytest.mark.parametrize(
    "text",
    ['{"decision": "yes", "long', '{"decision": "perhaps", "long_answer": "x"}', '{"decision": "yes"}', "[]", "yes",
     '{"decision": "yes", "long_answer": " "}', '{"decision": "yes", "long_answer": 3}',
     '{"decision": "yes", "long_answer": null}', '{"decision": "yes", "long_answer": ["It is."]}',
     '{"decision": "yes", "long_answer": {"text": "It is."}}', '{"decision": true, "long_answer": "It is."}',
     '{"decision": ["yes"], "long_answer": "It is."}', '{"decision": "not yes", "long_answer": "It is."}',
     '["yes", "It is."]', "Yes. It is.", "```json\n```", '{"decision": "yes", "long_answer": "It is.',
     '{"long_answer": "It is.", "short_answer": "iron"}'],
)  # fmt: skip
def test_what_is_no_complete_answer_goes_to_quarantine(text):
    assert read(text) == "not a complete answer"


@pytest.mark.parametrize(
    "text",
    [
        '{"decision": "yes", "long_answer": "It is."}',
        '```json\n{"decision": "yes", "long_answer": "It is."}\n```',
        'Here is the answer:\n{"decision": "Yes.", "long_answer": "It\u00a0is."}',
        '{"decision": "YES", "long_answer": "It\\u00a0is."}\n\nI hope that this helps! {}',
        'As {asked}: {"long_answer": " It\\nis.", "decision": " *yes* ", "sure": [1]}',
        '[{"decision": "yes", "long_answer": "It is."}]',
    ],
)
def test_an_answer_is_read_past_what_stands_around_it(text):
    assert read(text) == {
        "decision": "yes",
        "short_answer": None,
        "long_answer": "It is.",
        "cited": [],
        "evidence_sentence": None,
        "logprob": None,
        "probability": None,
    }


def test_what_was_cut_off_and_what_was_only_thought_say_so():
    assert read('{"decision": "yes", "long', finish_reason="length") == "cut off before it was complete"
    assert read("") == "the model said nothing"
    wanted = AnswerFormat(Kind.YES_NO, LONGEST, True, True)
    thought = Reply("", "stop", 1, 1, thoughts="Hm.")
    assert read_answer(thought, wanted, PASSAGES, [11]) == "the model only thought"
    whole = read('{"decision": "no", "long_answer": "It is not."} and so', finish_reason="length")
    assert whole["decision"] == "no"


def test_an_answer_is_no_longer_than_it_may_be_and_ends_with_a_sentence():
    sentence = "It rose by a tenth. "
    assert read(yes(long_answer=sentence * 30))["long_answer"] == (sentence * (LONGEST // len(sentence))).strip()
    endless = f"a long answer of which no sentence ends within {LONGEST} characters"
    assert read(yes(long_answer="and " * 100)) == endless
    assert read(yes(long_answer="a" * LONGEST)) == endless  # as the schema cuts it
    told = yes(long_answer="It rose by 4.1 per cent (in mice.) It then\nfell again and")
    assert read(told)["long_answer"] == "It rose by 4.1 per cent (in mice.)"
    assert read(yes(long_answer="It rose"))["long_answer"] == "It rose"


def test_a_factoid_has_a_short_answer_a_list_several_and_an_explanation_none():
    factoid = read({"short_answer": " CYP2D6\n", "long_answer": "It is."}, Kind.FACTOID)
    assert (factoid["short_answer"], factoid["decision"], factoid["probability"]) == ("CYP2D6", None, None)
    several = {"short_answers": ["iron", " zinc;", "iron"], "long_answer": "They are."}
    assert read(several, Kind.LIST)["short_answer"] == "iron; zinc"
    assert read({"short_answers": "iron", "long_answer": "It is."}, Kind.LIST)["short_answer"] == "iron"
    explained = read({"long_answer": "Since it rose.", "decision": "yes"}, Kind.EXPLANATION)
    assert (explained["decision"], explained["short_answer"]) == (None, None)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Kind.FACTOID, {}),
        (Kind.FACTOID, {"decision": "yes"}),
        (Kind.FACTOID, {"short_answer": "x" * 101}),
        (Kind.FACTOID, {"short_answer": "?"}),
        (Kind.FACTOID, {"short_answer": ["iron"]}),
        (Kind.LIST, {"short_answers": []}),
        (Kind.LIST, {"short_answers": ["iron", 3]}),
        (Kind.LIST, {"short_answers": ["iron", "x" * 101]}),
        (Kind.LIST, {"short_answers": [f"metal {number}" for number in range(11)]}),
    ],
)
def test_a_short_answer_that_is_none_is_no_answer(kind, fields):
    assert read({"long_answer": "It is.", **fields}, kind) == "not a complete answer"


@pytest.mark.parametrize(
    ("used", "cited"),
    [([22, 11, 22], [22, 11]), ("22", [22]), (["[22]", "PMID: 11"], [22, 11]), ([], []), (None, []), (11, [11])],
)
def test_the_passages_that_an_answer_names_are_those_that_were_shown(used, cited):
    assert read(yes(used=used))["cited"] == cited


@pytest.mark.parametrize("used", [[11, 33], [1], ["the first"], [True], [{"pmid": 11}], "11 and 22", [11.0]])
def test_an_answer_that_names_what_it_was_not_shown_is_refused(used):
    assert read(yes(used=used)) == "it names a passage that it was not shown"
    assert read(yes(used=used), cites=False)["cited"] == []


@pytest.mark.parametrize(
    ("quoted", "found"),
    [
        ("Iron rose by 4.1% in mice (n = 12).", "Iron rose by 4.1% in mice (n = 12)."),
        ('"iron ROSE by 4.1% in mice (n = 12)"', "Iron rose by 4.1% in mice (n = 12)."),
        ("[22] Zinc did  not change", "Zinc did not change"),
        ("Iron rose by 4.1% in mice…", "Iron rose by 4.1% in mice"),
        ("It then fell.", None),  # three words stand in any text
        ("Iron rose by 4.2% in mice (n = 12).", None),
        ("ron rose by 4.1% in mice", None),
        ("It then fell. [22] Zinc", None),  # not of one passage
        (".* .* .* .*", None),
        ("", None),
        (None, None),
        (["Iron rose by 4.1% in"], None),
    ],
)
def test_a_quotation_stands_in_one_passage_or_is_none(quoted, found):
    assert read(yes(evidence_sentence=quoted))["evidence_sentence"] == found


@given(st.text(max_size=600))
def test_whatever_is_quoted_stands_in_the_evidence(quoted):
    found = quoted_sentence(quoted, PASSAGES)
    assert found is None or any(found in " ".join(passage.split()) for passage in PASSAGES)


@given(st.integers(0, 8), st.integers(4, 12))
def test_every_run_of_words_is_found_again(start, count):
    words = " ".join(PASSAGES[0].split()).split()
    run = words[start : start + count]
    if len(run) >= 4 and not run[0].startswith("["):
        assert quoted_sentence(" ".join(run), PASSAGES).rstrip(".") == " ".join(run).rstrip(".")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.sampled_from(Kind),
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ["decision", "short_answer", "short_answers", "long_answer", "used", "evidence_sentence"],
            JSON | st.sampled_from(["yes", "It rose.", [11], ["iron"]]),
        ),
    ),
)
def test_whatever_json_is_said_is_an_answer_of_its_kind_or_a_reason(kind, said):
    answer = read(said, kind)
    if isinstance(answer, str):
        return
    assert answer["long_answer"].strip() and len(answer["long_answer"]) <= LONGEST
    assert (answer["decision"] in ("yes", "no", "maybe")) == (kind == Kind.YES_NO)
    assert (answer["short_answer"] is not None) == (kind in (Kind.FACTOID, Kind.LIST))
    assert set(answer["cited"]) <= {11, 22}


def test_the_log_probability_is_that_of_the_decisions_tokens():
    tokens = (('{"', -9.0), ("decision", -9.0), ('":"', -9.0), ("may", -0.25), ("be", -0.5), ('","', -9.0))
    assert decision_logprob(reply('{"decision":"maybe","', tokens), "maybe") == pytest.approx(-0.75)


def shares(**probabilities: float) -> tuple:
    return tuple((token, math.log(share)) for token, share in probabilities.items())


def test_the_probability_is_that_of_the_decision_among_the_three():
    tokens = (('{"decision":"', -9.0), ("yes", -1.0), ('","', -9.0))
    # 0.4 + 0.1 begin yes, 0.2 no, 0.05 maybe, 0.25 is spent on what is no decision.
    beside = shares(yes=0.4, no=0.2, may=0.05, Y=0.1, The=0.25)
    said = reply('{"decision":"yes","', tokens, alternatives=((), beside, ()))
    found = decision_probabilities(said)
    assert found == pytest.approx({"yes": 0.5 / 0.75, "no": 0.2 / 0.75, "maybe": 0.05 / 0.75})
    assert decision_probability(said, "maybe") == pytest.approx(0.05 / 0.75)


@pytest.mark.parametrize("alternatives", [(), ((), (), ()), ((), shares(The=0.9), ()), ((),)])
def test_a_probability_that_the_server_does_not_tell_is_unknown(alternatives):
    tokens = (('{"decision":"', -9.0), ("yes", -1.0), ('","', -9.0))
    assert decision_probability(reply('{"decision":"yes","', tokens, alternatives=alternatives), "yes") is None


def letters(text: str, decision: str) -> tuple:
    """Return the letters of a text as tokens; those of the last place of a decision have a log-probability of -1."""
    place = text.rfind(decision)
    return tuple((letter, -1.0 * (place <= at < place + len(decision))) for at, letter in enumerate(text))


@pytest.mark.parametrize(
    "written",
    [
        '```json\n{"decision": "no", "long_answer": "It is."}\n```',
        'Here, no doubt: {"long_answer": "Yes or \\"no\\".", "decision": "no"}',
        '<think>{"decision": "no"} or {"decision": "yes"}</think>\n\n{"decision": "no", "long_answer": "It is."}',
        ' \n{"decision": "No.", "long_answer": "It is."}\n### Task\n',
    ],
)
def test_the_log_probability_is_found_past_what_was_taken_off(written):
    said = written.rpartition("</think>")[2].partition("\n###")[0].strip()
    spelled = "No" if '"No.' in written else "no"
    tokens = letters(written, f'"{spelled}')
    assert decision_logprob(reply(said, tokens[:]), "no") == pytest.approx(-len(spelled))


@pytest.mark.parametrize(
    ("written", "decision"),
    [
        ("", "yes"),
        ("something else altogether", "yes"),
        ('{"decision": "y\\u0065s"}', "yes"),  # spelled in another way
        ('{"decision": "no"} {"decision": "yes"}', "yes"),  # which of them?
        ('{"decision": "no"}', "yes"),
    ],
)
def test_a_log_probability_that_may_be_of_something_else_is_unknown(written, decision):
    tokens = tuple((letter, -1.0) for letter in written)
    assert decision_logprob(reply(f'{{"decision": "{decision}"}}', tokens), decision) is None


@given(before=st.text(max_size=20), after=st.text(max_size=20), cuts=st.lists(st.integers(0, 80), max_size=20))
def test_the_log_probability_is_right_or_unknown_however_the_text_falls_into_tokens(before, after, cuts):
    written = f'{before}{{"decision": "maybe", "long_answer": "x"}}{after}'
    place = written.index('"maybe"') + 1
    ends = sorted({min(cut, len(written)) for cut in cuts} | {0, place, place + 5, len(written)})
    tokens = [(written[start:end], -1.0 if place <= start < place + 5 else -100.0) for start, end in pairwise(ends)]
    found = decision_logprob(reply(written, tuple(tokens)), "maybe")
    assert found == -sum(logprob == -1 for _, logprob in tokens)


def test_nesting_without_end_is_no_answer_and_no_crash():
    assert read("[" * 200_000) == "not a complete answer"
    assert read('{"a":' * 200_000) == "not a complete answer"
