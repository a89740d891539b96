"""The built-in prompts: one of each kind for each generator, whose examples are what is asked for."""

from itertools import combinations

import polars as pl
import pytest

from tasks.kinds import Kind
from tasks.questions.gates import copied_share, pass_gates, wanted_candidates
from tasks.questions.generator import BUILT_IN, PROMPTS, default_generators
from tasks.serving.prompt_files import read_prompt_files

FILES = read_prompt_files(PROMPTS)
SHOTS = [(file, shot) for file in FILES for shot in file.shots]
BEGINS = {
    Kind.YES_NO: ("Does", "Do", "Is", "Are", "Can", "Has", "Have"),
    Kind.FACTOID: ("Which", "What", "How many", "How long", "How much", "Who", "When", "Where"),
    Kind.LIST: ("Which", "What"),
    Kind.EXPLANATION: ("Why", "How"),
}


def test_each_generator_has_a_prompt_of_each_kind():
    assert {(file.name, file.kind) for file in FILES} == {(name, kind) for name in BUILT_IN for kind in Kind}
    assert [(each.name, each.kind) for each in default_generators()] == [
        ("researcher", Kind.YES_NO), ("clinician", Kind.YES_NO),
    ]  # fmt: skip
    assert all(2 <= len(file.shots) <= 3 for file in FILES)


@pytest.mark.parametrize(("file", "shot"), SHOTS, ids=[f"{file.name} {shot.reply[:30]}" for file, shot in SHOTS])
def test_an_example_is_a_question_of_its_kind_in_clean_text(file, shot):
    title, abstract = shot.fields["title"], shot.fields["abstract"]
    assert shot.reply.startswith(tuple(f"{word} " for word in BEGINS[file.kind]))
    assert copied_share(shot.reply, f"{title}\n{abstract}") < 0.5
    assert "\n" not in abstract
    assert "  " not in abstract


def test_every_example_passes_the_gates():
    columns = [(str(place), place, file.kind.value, shot.reply, *map(shot.fields.get, ("title", "abstract")))
               for place, (file, shot) in enumerate(SHOTS)]  # fmt: skip
    shots = pl.DataFrame(columns, ["question_id", "pmid", "kind", "question", "title", "abstract"], orient="row")
    told = shots.with_columns(
        row_key="question_id", generator=pl.lit("g"), finish_reason=pl.lit("stop"), content_hash="question_id"
    )
    articles = told.select("pmid", "title", "abstract", "content_hash")
    questions = told.drop("title", "abstract", "content_hash")
    assert pass_gates(wanted_candidates(questions, articles)).refused.is_empty()


def test_no_two_examples_are_about_the_same_article_and_questions_share_no_long_word():
    """A model whose examples share a disease asks about that disease of other articles, too."""
    common = {"patients", "children"}
    assert len({shot.fields["title"] for _, shot in SHOTS}) == len(SHOTS)
    for file in FILES:
        words = [{word for word in shot.reply.lower().rstrip("?").split() if len(word) > 6} for shot in file.shots]
        for one, other in combinations(words, 2):
            assert one & other <= common
