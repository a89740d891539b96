"""What records say, worked out by hand."""

from tasks.dataset.columns import LICENCE
from tasks.dataset.records import sort_out, wanted_records
from tasks.dataset.settings import Records
from tasks.instructions import SYSTEM
from tasks.kinds import Kind
from tests.tasks.dataset.frames import SAID, SETTINGS, answer, records

LISTED = {
    "question_id": "q2", "pmid": 2, "evidence": [2, 1, 3], "kind": "list", "decision": None, "short_answer": "b; c",
    "long_answer": "Both b and c.", "cited": [2, 1], "evidence_sentence": "a2 b  C",
}  # fmt: skip


def of(config, *answers, **options):
    return records(*answers, **options).filter(config=config).rows(named=True)


def test_a_conversation_says_what_was_shown_asked_and_answered():
    [sft] = of("sft")
    assert sft["messages"] == [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": "Source:\n[1] T1\nA1 is.\n\nOther articles:\n[2] T2 A2\n\n[3] T3 A3\n\n"
            "Question: Is it?\n\nDecide.",
        },
        {"role": "assistant", "content": "Yes. It is."},
    ]
    assert (sft["kind"], sft["decision"], sft["probability"], sft["pmids"]) == ("yes/no", "yes", 0.9, [1, 2, 3])
    # Turns of 2, 17 and 3 words, each with a start and an end.
    assert sft["n_tokens"] == 4 + 19 + 5


def test_an_answer_that_names_what_it_used_was_told_to():
    [sft] = of("sft", answer(cited=[1, 3]))
    system, user, said = (turn["content"] for turn in sft["messages"])
    assert system == "Be brief. Cite."
    assert user.endswith("Question: Is it?\n\nDecide. Cite.")
    assert said == "Yes. It is. (PMID 1, PMID 3)"
    [named] = of("sft", answer(cited=[3], long_answer="PMID 3 says so."))
    assert named["messages"][-1]["content"] == "Yes. PMID 3 says so."


def test_a_kind_without_a_system_message_has_none():
    [sft] = of("sft", answer(**LISTED))
    user, said = sft["messages"]
    assert user["content"].endswith("Question: Which are?\n\nName all. Cite.")
    assert said["content"] == "B; c. Both b and c. (PMID 2, PMID 1)"
    assert (sft["short_answer"], sft["cited"], sft["decision"]) == ("b; c", [2, 1], None)


def test_what_is_not_said_of_a_kind_is_the_default():
    assert SETTINGS.system[Kind.FACTOID] == SYSTEM[Kind.FACTOID]
    assert Records(system={"list": "All."}).system == {**SYSTEM, Kind.LIST: "All."}


def test_a_short_answer_with_a_sentence_that_is_shown_is_verifiable():
    [item] = of("verifiable", answer(**LISTED), answer())
    assert (item["question"], item["answer"], item["pmid"], item["kind"]) == ("Which are?", "b; c", 2, "list")
    assert item["context"] == "[2] T2\nA2 b c\n\n[1] T1 A1\n\n[3] T3 A3"
    assert (item["evidence_sentence"], item["question_id"], item["pmids"]) == ("a2 b  C", "q2", [2, 1, 3])
    [user] = item["prompt"]
    assert user["content"].startswith("Source:\n[2] T2")
    assert item["n_tokens"] == len(user["content"].split()) + 3  # a start, an end, and a start for the answer
    assert of("verifiable", answer(**{**LISTED, "evidence_sentence": "A3 d"})) == []  # cut off at two words
    explained = {"kind": "explanation", "decision": None, "evidence_sentence": "A1 is."}
    assert of("verifiable", answer(**explained)) == []
    assert [each["answer"] for each in of("verifiable", answer(evidence_sentence="A1 is."))] == ["yes"]


def test_preferences_are_under_the_prompt_of_their_kind():
    [pair] = of("preferences")
    assert pair["prompt"] == [{"role": "user", "content": "yes/no: T1/A1 is."}]
    assert (pair["chosen"][0]["content"], pair["rejected"][0]["content"]) == ("Is it?", "Bad?")
    assert (pair["kind"], pair["margin"]) == ("yes/no", 0.6)
    assert pair["n_tokens"] == 5 + 4  # 3 words of the prompt, 2 of the longer question


def test_the_lessons_of_an_evaluator_have_the_kind_of_their_article():
    [label] = of("evaluator")
    assert (label["completion"], label["margin"], label["pmids"], label["kind"]) == (SAID, 0.6, [1], "yes/no")


def test_every_record_says_where_it_comes_from():
    for row in records(answer(evidence_sentence="A1 is.")).iter_rows(named=True):
        assert row["pmids"][0] in (1, 2)
        assert (row["branch"], row["recipes"], row["models"]) == ("C04", ["questions/a", "answers/b"], ["m@1"])
        assert row["question_id"] in ("q1", "q2")
        assert row["licence"] == LICENCE


def test_a_record_without_what_it_needs_is_refused_and_counted():
    wanted = wanted_records(records(answer(cited=[1, 77]), answer(**{**LISTED, "short_answer": None})), SETTINGS.recipe)
    outcome = sort_out(wanted)
    assert outcome.refused.select("key", "reason").sort("key").rows() == [
        ("PMID 1 sft: question q1", "the answer names PMID 77, which it was not shown"),
        ("PMID 2 sft: question q2", "no short answer"),
    ]
    assert len(outcome.rows) + len(outcome.refused) == len(wanted)
    assert "sft" not in outcome.rows["config"].to_list()


def test_the_settings_are_part_of_the_recipe():
    recipes = {
        settings.recipe.digest
        for settings in (
            Records(),
            Records(most_tokens=999),
            Records(citing=""),
            Records(tokenizer="org/model"),
            SETTINGS,
        )
    }
    assert len(recipes) == 5
