import polars as pl

from tasks.review.gate_reasons import refused_by

ARTICLE = {"title": "Zinc and the common cold", "abstract": "We gave zinc or placebo to 40 adults with a cold."}
GOOD = "Does zinc shorten the common cold in adults?"


def asked(*questions: str, pmids: list[int] | None = None, finish_reason: str | None = None) -> list[list[str]]:
    return refused_by(
        pl.DataFrame(
            {
                "pmid": pmids or [1] * len(questions), "generator": "researcher", "kind": "yes/no",
                "question": list(questions), "finish_reason": finish_reason, **ARTICLE, "place": 0,
            },
            schema_overrides={"finish_reason": pl.String},
        )
    )  # fmt: skip


def test_every_gate_that_refuses_is_named():
    good, short, several = asked(GOOD, "Zinc?", "Did the authors give zinc? Does it work?")
    assert good == []
    assert "length" in short and "verb" in short
    assert "one question" in several and "stands alone" in several


def test_near_duplicates_are_those_of_a_question_that_passes():
    assert asked(GOOD, GOOD, pmids=[2, 1]) == [["near duplicates"], []]
    alone = [reasons for reasons in asked("Zinc?", "Zinc?") if "near duplicates" in reasons]
    assert alone == []


def test_a_question_that_was_cut_off():
    [reasons] = asked(GOOD, finish_reason="length")
    assert reasons != []
