"""Records are cut to a length in tokens: contexts from the last on, and nothing that an answer needs."""

from tasks.dataset.pretraining import plain_passages
from tasks.evidence import Passage
from tests.tasks.dataset.frames import SETTINGS, answer, records
from tests.tasks.tuning.words import WordTokens

# The conversation of a whole record has 28 tokens: see test_records. Each context has 3, the heading above them 2.
WHOLE, CONTEXT, HEADING = 28, 3, 2


def sft(most_tokens, **changes):
    settings = SETTINGS.model_copy(update={"most_tokens": most_tokens})
    [record] = records(answer(**changes), settings=settings).filter(config="sft").rows(named=True)
    return record


def test_contexts_are_left_out_the_last_first_until_a_conversation_fits():
    found = {most: (sft(most)["pmids"], sft(most)["n_tokens"]) for most in (WHOLE, WHOLE - 1, WHOLE - CONTEXT - 1)}
    assert found == {
        WHOLE: ([1, 2, 3], WHOLE),
        WHOLE - 1: ([1, 2], WHOLE - CONTEXT),
        WHOLE - CONTEXT - 1: ([1], WHOLE - 2 * CONTEXT - HEADING),
    }
    assert "Other articles" not in sft(WHOLE - CONTEXT - 1)["messages"][1]["content"]


def test_what_does_not_fit_with_its_source_alone_is_refused():
    alone = WHOLE - 2 * CONTEXT - HEADING
    assert sft(alone)["refusal"] is None
    assert sft(alone - 1)["refusal"] == f"longer than {alone - 1} tokens with what it can not do without"


def test_what_the_answer_names_or_quotes_stays():
    cited = sft(WHOLE + 3, cited=[3])  # four words more, of which three fit: twice "Cite.", and "(PMID 3)"
    assert (cited["pmids"], cited["n_tokens"]) == ([1, 3], WHOLE + 4 - CONTEXT)
    assert sft(WHOLE - 1, evidence_sentence="t3 A3")["pmids"] == [1, 3]
    both = sft(WHOLE, cited=[2, 3])
    assert both["refusal"].startswith(f"longer than {WHOLE} tokens")


def test_pairs_and_lessons_that_are_too_long_are_refused():
    made = records(settings=SETTINGS.model_copy(update={"most_tokens": 5})).rows(named=True)
    reasons = {row["config"]: row["refusal"] for row in made}
    assert reasons["preferences"] == "longer than 5 tokens with what it can not do without"
    assert reasons["evaluator"] == "longer than 5 tokens with what it can not do without"  # two turns of one word


ARTICLES = {pmid: Passage(pmid, f"T{pmid}", f"A{pmid} b c") for pmid in range(1, 6)}


def texts(asked, most=100):
    return [each.text for each in plain_passages(asked, ARTICLES, WordTokens(), most)]


def test_an_abstract_stands_whole_once():
    first, second = texts([([1, 2, 3], "Q1?\nYes."), ([2, 1, 3, 4], "Q2?")])
    assert first == "T1\nA1 b c\n\nT2\n\nT3\nA3 b c\n\nQ1?\nYes."  # 2 is the source of the second
    assert second == "T2\nA2 b c\n\nT1\n\nT3\n\nT4\nA4 b c\n\nQ2?"


def test_a_context_that_was_left_out_may_stand_in_a_later_passage():
    # Of 4 + 4 + 1 words 8 fit: 3 is left out, and stands in the next passage.
    found = list(plain_passages([([1, 3], "Q?"), ([2, 3], "Q?")], ARTICLES, WordTokens(), 8))
    assert [each.pmids for each in found] == [[1], [2]]
    assert texts([([1, 3], "Q? " * 2), ([2, 3], "Q?")], 9) == ["T1\nA1 b c\n\nQ? Q? ", "T2\nA2 b c\n\nT3\nA3 b c\n\nQ?"]


def test_a_passage_that_does_not_fit_alone_is_refused():
    [found] = plain_passages([([1, 3], "Q?")], ARTICLES, WordTokens(), 4)
    assert (found.n_tokens, found.refusal) == (5, "longer than 4 tokens with what it can not do without")


def test_pre_training_text_holds_the_answer_where_there_is_one():
    cpt = records(answer(cited=[1])).filter(config="cpt").sort("question_id")
    assert cpt["text"].to_list() == [
        "T1\nA1 is.\n\nT2\n\nT3\nA3 d\n\nIs it?\nYes. It is.",
        "T2\nA2 b c\n\nT1\n\nT3\n\nWhich are?",
    ]
    assert cpt["kind"].to_list() == ["yes/no", "list"]
    assert cpt["n_tokens"].to_list() == [12, 8]
