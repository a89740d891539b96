import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.decisions import DECISIONS, read_decision

GIVEN = {
    "yes": "yes", "yes.": "yes", "YES!": "yes", " No.": "no", "**Yes**": "yes", '"yes"': "yes", "- no": "no",
    "Answer: yes": "yes", "**Answer:** maybe": "maybe", "Answer (yes/no/maybe): no": "no", '{"answer": "no"}': "no",
    "Final answer:\n\nNo": "no", "My decision: maybe.": "maybe", "The answer is yes.": "yes",
    "So the answer is no because nothing changed": "no", "The correct answer is 'maybe'.": "maybe",
    "Answer: \\boxed{yes}": "yes", "Yes is the answer.": "yes",
    "Yes, because no side effects were seen.": "yes", "Yes. No side effects were seen.": "yes",
    "Yes, although the groups were small, and no, they were not alike.": "yes",
    "No, not yes.": "no", "No. The trial did not show it.": "no", "No there was no difference": "no",
    "No - the groups did not differ": "no", "**Maybe** - the groups were small": "maybe",
    "Maybe the drug helps.": "maybe",
    "Yes. The answer is supported by two trials.": "yes", "Yes, I think so": "yes", "yes it does": "yes",
    "I would say yes, because it rose.": "yes", "Based on the evidence, yes.": "yes", "It rose, so yes.": "yes",
    "There was no difference between the groups. So: no.": "no", "It is not certain, so maybe.": "maybe",
    "The evidence does not say yes.\nAnswer: no": "no", "Yes and no. Answer: no": "no", "Yes? No.": "no",
    "Answer: yes\nOn reflection:\nFinal answer: no, it did not": "no",
    "It rose in no group but one.\nAnswer: Yes": "yes",
    "I don’t doubt it. Answer: yes": "yes", "Decision: yes. Final answer: no": "no",
    "**Answer:** maybe; **Final answer:** no": "no",
    "The initial answer is yes. But after review, the final answer is no.": "no",
}  # fmt: skip
"""Replies that give a decision, and which."""

NOT_GIVEN = [
    "", "That depends.", "I cannot say yes or no", "I cannot say yes or no.", "not yes", "Not yes, not no.",
    "The evidence does not say yes", "Answer: The evidence does not say yes", "The answer is not yes.",
    "I do not know whether the answer is yes.", "I cannot say that the answer is yes.", "Answer: yes or no",
    "The answer is yes or no, depending on the dose.", "Answer: it depends", "Yes, perhaps.\nAnswer: it depends",
    "yes or no", "Yes/no", "yes, no, or maybe", "Yes and no.", "Yes. No.", "no, yes", "Maybe yes, maybe no.",
    "Is it yes?", "Yes or no? That is hard to tell.", "Yes is not supported.", "'Yes' would be wrong.",
    "No would be wrong, too.", "A yes answer is not warranted.", "It is a yes-no question.",
    "There was no difference, so the answer is not clear", "The answer is that there is no evidence",
    "No significant difference was found", "No evidence was found that it helps.", "No. 5 was left out.",
    "This is maybe due to chance.", "As an AI, I am unable to answer yes.", "I'm sorry, I can’t say yes.",
    "No, I cannot answer that question.", "I can't answer this. Some doctors say yes.", "A doctor might say yes.",
    "Neither yes nor no.", "If it rose, yes.", "It never says yes.", "There is no reason to say yes.",
    "Nobody knows; yesterday it was noted", "Noon, maybes, eyes", "I do not agree with the answer: yes",
    "We don't have enough to decide between yes and no.", "Rather than yes, say nothing.",
    "The evidence is insufficient to answer yes.", "There is too little evidence to answer yes",
    "The study failed to show that the answer is yes.", "It is wrong that the answer is yes",
    "It is false that the answer is yes", "Their answer is yes.", "The opposite answer: yes",
]  # fmt: skip
"""Replies that give none."""


@pytest.mark.parametrize(("reply", "decision"), GIVEN.items())
def test_a_decision_that_is_given_is_read(reply, decision):
    assert read_decision(reply) == decision


@pytest.mark.parametrize("reply", NOT_GIVEN)
def test_a_decision_that_is_refused_denied_asked_or_one_of_several_is_none(reply):
    assert read_decision(reply) is None


DECISION = st.sampled_from(DECISIONS)
MARK = st.sampled_from(["", "**", '"', "'", "`", "_"])


@given(DECISION, MARK, st.sampled_from(["", ".", "!", ","]), st.sampled_from([str.lower, str.upper, str.capitalize]))
def test_a_decision_alone_is_read_however_it_is_marked_up(decision, mark, end, case):
    assert read_decision(f"{mark}{case(decision)}{end}{mark}") == decision


@given(DECISION, st.text("abc .\n", max_size=30))
def test_an_answer_line_decides_whatever_stands_before(decision, before):
    assert read_decision(f"{before}\nAnswer: {decision.upper()}.") == decision


@given(DECISION, st.text("abc ,.\n", max_size=40))
def test_a_decision_at_the_beginning_stands_whatever_is_said_after_it(decision, after):
    assert read_decision(f"{decision.capitalize()}, {after}") == decision


@given(
    st.sampled_from(
        ["I cannot say", "It does not say", "I can't tell if it is", "We do not know whether it is", "not"]
    ),
    DECISION,
    st.sampled_from(["", ".", ", I fear."]),
)
def test_what_is_denied_is_never_read(denial, decision, end):
    assert read_decision(f"{denial} {decision}{end}") is None


@given(st.permutations(DECISIONS), st.sampled_from([" or ", "/", ", ", " and ", ". "]), st.integers(2, 3))
def test_several_decisions_side_by_side_are_none(decisions, between, count):
    assert read_decision(between.join(decisions[:count])) is None


@given(st.text())
def test_any_text_is_read(text):
    assert read_decision(text) in (None, *DECISIONS)


def test_the_time_to_read_grows_with_the_text_alone():
    assert read_decision("in a, " * 50_000 + "we would not say yes") is None
