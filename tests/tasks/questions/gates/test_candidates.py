import polars as pl
import pytest

from tasks.kinds import Kind
from tasks.questions.gates.candidates import LONGEST_KEY, example_texts, pass_gates, wanted_candidates
from tasks.questions.gates.settings import Gates
from tasks.questions.generator import default_generators

ARTICLES = pl.DataFrame(
    {
        "pmid": [2, 1],
        "title": ["Stroke {x}", "Aspirin"],
        "abstract": ["Adults who took aspirin had fewer strokes.", "Aspirin was given to adults after a stroke."],
        "content_hash": ["b", "a"],
    }
)
ASPIRIN = "Does aspirin prevent stroke in adults?"


def questions(*asked: tuple[int, str, str]) -> pl.DataFrame:
    """Return questions of PMID, generator and text, named q1, q2 and so on."""
    names = [f"q{number}" for number in range(1, len(asked) + 1)]
    frame = pl.DataFrame(asked, schema=["pmid", "generator", "question"], orient="row")
    return frame.with_columns(
        pl.Series("row_key", names),
        pl.Series("question_id", names),
        kind=pl.lit(Kind.YES_NO.value),
        finish_reason=pl.lit("stop"),
        tokens=pl.lit(5),
    )


def test_refusals_are_counted_not_dropped():
    outcome = pass_gates(wanted_candidates(questions((1, "a", ASPIRIN), (1, "b", "No question at all")), ARTICLES))
    assert outcome.rows.drop("row_key").rows() == [("q1", 1, "a", "yes/no", ASPIRIN, 0.0)]
    assert outcome.rows.columns == ["row_key", "question_id", "pmid", "generator", "kind", "question", "copied"]
    assert outcome.refused["reason"].to_list() == ["not one question"]
    assert outcome.refused["key"].to_list() == ["PMID 1 b: No question at all"]


def test_copying_counts_title_and_abstract():
    # Of 5 four-grams one stands in the abstract: adults after a stroke.
    outcome = pass_gates(wanted_candidates(questions((1, "a", "Does aspirin help adults after a stroke?")), ARTICLES))
    assert outcome.rows["copied"].to_list() == pytest.approx([1 / 4])


def test_of_near_duplicates_in_a_run_the_first_competes():
    asked = questions(
        (2, "a", "Does aspirin prevent strokes in adults?"),
        (1, "a", ASPIRIN),
        (1, "b", "Is aspirin safe after stroke?"),
    )
    wanted = wanted_candidates(asked, ARTICLES)
    assert dict(wanted.select("question_id", "duplicate_of").iter_rows()) == {"q1": "q2", "q2": None, "q3": None}
    outcome = pass_gates(wanted)
    assert outcome.rows["question_id"].to_list() == ["q2", "q3"]
    assert outcome.refused["reason"].to_list() == ["near duplicate of another question"]
    everything = Gates(left_out=("near duplicates",))
    assert len(pass_gates(wanted_candidates(asked, ARTICLES, everything), everything).rows) == 3


def test_what_is_refused_takes_no_place_from_a_good_question():
    cut_off = questions((1, "a", ASPIRIN), (2, "a", ASPIRIN)).with_columns(finish_reason=pl.Series(["length", "stop"]))
    assert pass_gates(wanted_candidates(cut_off, ARTICLES)).rows["question_id"].to_list() == ["q2"]


def test_a_key_changes_with_all_that_decides_the_verdict():
    asked = questions((1, "a", ASPIRIN), (2, "a", "Can aspirin prevent stroke in adults?"))

    def key(frame: pl.DataFrame, articles: pl.DataFrame = ARTICLES, gates: Gates | None = None, shown=None) -> str:
        return wanted_candidates(frame, articles, gates, shown).filter(question_id="q2")["row_key"].item()

    changed = ARTICLES.with_columns(content_hash=pl.Series(["other", "a"]))
    of_a_kind = asked.with_columns(kind=pl.lit("factoid"))
    keys = [
        key(asked),
        key(asked[1:]),  # no near duplicate any more
        key(asked, changed),
        key(of_a_kind),
        key(asked, gates=Gates(most_words=50)),
        key(asked, shown={"a": ["An example?"]}),
        key(asked, shown={"a": ["Another example?"]}),
    ]
    assert len(set(keys)) == len(keys)
    more = pl.concat(
        [asked, questions((1, "b", "Is aspirin safe after stroke?")).with_columns(question_id=pl.lit("q9"))]
    )
    assert key(more) == key(asked)
    assert key(asked, shown={"b": ["An example?"]}) == key(asked)


def test_each_question_is_held_against_its_own_generators_examples():
    shown = {"a": ["Does aspirin taken at night keep all adults from stroke?"]}
    said = "Does aspirin taken at night keep all adults from stroke?"
    outcome = pass_gates(
        wanted_candidates(questions((1, "a", said), (2, "b", said)), ARTICLES, None, shown), None, shown
    )
    assert outcome.rows["generator"].to_list() == ["b"]
    assert outcome.refused["reason"].to_list() == ["repeats an example of the prompt"]


def test_examples_are_replies_and_fields_and_those_of_one_name_go_together():
    first, second = default_generators()
    renamed = second.model_copy(update={"name": first.name})
    [texts] = example_texts([first, renamed]).values()
    for generator in (first, renamed):
        for shot in generator.prompt.shots:
            assert {shot.reply, *shot.fields.values()} <= set(texts)
    assert list(example_texts([first, second])) == [first.name, second.name]


def test_a_reply_without_end_leaves_a_short_trace():
    outcome = pass_gates(wanted_candidates(questions((1, "a", "aspirin " * 150_000 + "?")), ARTICLES))
    assert outcome.refused["reason"].to_list() == ["too long"]
    assert len(outcome.refused["key"].item()) <= len("PMID 1 a: ") + LONGEST_KEY
