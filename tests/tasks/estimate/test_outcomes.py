import polars as pl

from tasks.estimate.forecast import forecast, whole
from tasks.estimate.in_words import described, distilled_rows, in_words, labelled_rows
from tasks.estimate.measured import Measured
from tasks.estimate.outcomes import ANSWERED, ASKED, FILTERED, REASONS, SAID, distilled, labelled
from tasks.serving.spending import Limits
from tasks.store.outcome import REFUSED_SCHEMA
from tasks.store.recipe import Recipe
from tasks.store.reference import LlmUsage
from tasks.store.store import Store

ESC = "\x1b[2J"


def frame(rows: list[tuple], schema: dict) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row")


def outcomes() -> list[dict]:
    asked = [
        (1, "q1", "researcher", "Does A cause B in mice?"),
        (1, "q2", "clinician", "Is it so?"),
        (2, "q3", "researcher", f"Does C{ESC} cause D in mice?"),
    ]
    refused = [
        (1, "PMID 1 clinician: Is it so?", "too short"),
        (2, "PMID 2", "the model said nothing"),
        (3, "PMID 3", "refused by the server: too long"),
    ]
    return distilled(
        frame([(3, "Third"), (1, "First"), (2, "Second")], {"pmid": pl.Int64, "title": pl.String}),
        frame(asked, ASKED),
        frame(refused, REASONS),
        frame([(1, "q1", "yes", None, "Because.")], ANSWERED),
        frame([(2, "PMID 2", "cut off")], REASONS),
    )


def test_what_articles_came_to():
    first, second, third = outcomes()
    assert [(each["generator"], each["refused"], each["is_best"]) for each in first["questions"]] == [
        ("clinician", "too short", False),
        ("researcher", None, True),
    ]
    assert (first["decision"], first["answer"], first["nothing_because"]) == ("yes", "Because.", [])
    assert (second["nothing_because"], second["decision"], second["unanswered"]) == (
        ["the model said nothing"],
        None,
        "cut off",
    )
    assert (third["questions"], third["nothing_because"]) == ([], ["refused by the server: too long"])


def test_what_articles_came_to_as_a_table_that_obeys_no_model():
    rows = distilled_rows(outcomes())
    assert [tuple(row.values()) for row in rows] == [
        ("1", "clinician: Is it so?", "no: too short", ""),
        ("1", "researcher: Does A cause B in mice?", "yes", "yes: Because."),
        ("2", "researcher: Does C␛[2J cause D in mice?", "yes", ""),
        ("2", "", "no: the model said nothing", ""),
        ("2", "", "", "none: cut off"),
        ("3", "", "no: refused by the server: too long", ""),
    ]


def test_cells_are_bounded():
    [article, *_] = outcomes()
    article["questions"][1]["question"], article["answer"] = "w" * 5_000, "a" * 5_000
    assert max(len(cell) for row in distilled_rows([article]) for cell in row.values()) == 120


def test_what_sentences_came_to(tmp_path):
    table = Store(str(tmp_path)).table(Recipe("teacher-answers", 1))
    table.quarantine(
        frame(
            [("k", "sentence s2 of PMID 8", f"no line{ESC}"), ("l", "sentence s9 of PMID 8", "other")], REFUSED_SCHEMA
        )
    )
    sentences = frame(
        [("s2", 8, "Aspirin was given."), ("s1", 7, "Rash after aspirin.")],
        {"example_id": pl.String, "pmid": pl.Int64, "text": pl.String},
    )
    answers = frame([("s1", 2, "none"), ("s1", 1, "aspirin: rash")], SAID)
    found = labelled(sentences, frame([("s1", "yes")], FILTERED), answers, [table])
    assert found == [
        {
            "pmid": 7,
            "sentence": "Rash after aspirin.",
            "verdict": "yes",
            "answers": ["aspirin: rash", "none"],
            "refused": [],
        },
        {"pmid": 8, "sentence": "Aspirin was given.", "verdict": None, "answers": [], "refused": [f"no line{ESC}"]},
    ]
    assert [row["answer"] for row in labelled_rows(found)] == ["aspirin: rash / none", "none: no line␛[2J"]


def estimated(left: int, limits: Limits) -> dict:
    usage = LlmUsage(requests=4, prompt_tokens=400, completion_tokens=80)
    asked = [Measured(stage="questions", units=4, rows=4, seconds=8.0, usage=usage)] * 2
    stages = [forecast(each, left, limits) for each in asked]
    return described(stages, whole(stages, 90.0, left, limits))


def test_an_estimate_as_json_and_in_words():
    estimate = estimated(96, Limits(prompt_price=200.0, completion_price=1_000.0))
    assert estimate["stages"] == {
        "questions": {
            "units": 96,
            "requests": 192,
            "tokens": [11_520, 34_560],
            "seconds": [12.0, 576.0],
            "cost": [3.84, 11.52],
        }
    }
    found = {"dry_run": 4, "unit": "articles", "planned": 100, "stopped": None}
    assert in_words({**found, "estimate": {**estimate, "not_measured": ["verdicts"]}}) == (
        "The whole run: 100 articles, of which 96 are still to be asked about.\n"
        "- questions: about 192 requests, 11,520 to 34,560 tokens, 12 s to 9 min 36 s, a cost of 3.84 to 11.52\n"
        "- all: about 192 requests, 11,520 to 34,560 tokens, 1 min 42 s to 11 min 6 s, a cost of 3.84 to 11.52\n"
        "\nNot in it, since nothing was measured: verdicts."
    )
    done = {**found, "stopped": "candidates: 1 of 8 rows", "estimate": {**estimated(0, Limits()), "not_measured": []}}
    assert in_words(done) == (
        "The whole run: 100 articles, of which 0 are still to be asked about.\n"
        "\nThe few came no further than this, and the whole run would hardly: candidates: 1 of 8 rows"
    )
