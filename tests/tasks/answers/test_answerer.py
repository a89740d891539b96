import json

import pytest

from tasks.answers.answerer import PROMPTS, Answerer, built_in_prompts
from tasks.answers.read_answer import read_answer
from tasks.kinds import Kind
from tasks.serving.prompt_files import read_prompt_files
from tasks.serving.reply import Reply


def test_every_kind_has_one_built_in_prompt():
    assert sorted(file.kind for file in read_prompt_files(PROMPTS)) == sorted(Kind)
    assert set(built_in_prompts()) == set(Kind)


@pytest.mark.parametrize("kind", Kind)
def test_built_in_examples_are_answers_as_they_are_wanted(kind):
    answerer = Answerer()
    for shot in answerer.prompt_of(kind).shots:
        passages = shot.fields["evidence"].split("\n\n")
        pmids = [int(passage[1:9]) for passage in passages]
        answer = read_answer(Reply(shot.reply, "stop", 1, 1), answerer.format_of(kind), passages, pmids)
        said = json.loads(shot.reply)
        assert list(said) == list(answerer.format_of(kind).fields)
        assert answer["long_answer"] == said["long_answer"]
        assert answer["cited"] == said["used"]
        assert answer["evidence_sentence"] == said["evidence_sentence"]
        entries = said.get("short_answers", [said.get("short_answer")])
        assert all(entry is None or entry in shot.fields["evidence"] for entry in entries)


def test_the_examples_of_decisions_are_one_of_each():
    shots = Answerer().prompt_of(Kind.YES_NO).shots
    assert sorted(json.loads(shot.reply)["decision"] for shot in shots) == ["maybe", "no", "yes"]
