import pytest
from transformers import PreTrainedTokenizerFast

from tasks.errors import DistilleryError
from tasks.tuning.tokens import ChatTokens
from tests.tasks.extraction.student.conftest import letters_tokenizer
from tests.tasks.tuning.words import user

NO_SYSTEM = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{{ m.content }}{% endfor %}"
)


@pytest.fixture
def tokens() -> ChatTokens:
    tokenizer: PreTrainedTokenizerFast = letters_tokenizer()
    tokenizer.chat_template = NO_SYSTEM
    return ChatTokens(tokenizer)


def test_a_template_without_system_role_is_told_in_a_sentence(tokens):
    conversation = [{"role": "system", "content": "Ask."}, *user("ab")]
    for templated in (tokens.prompts, tokens.conversations):
        with pytest.raises(
            DistilleryError, match=r"does not take a conversation of system, user \(System role not sup"
        ):
            templated([user("ab"), conversation][::-1])


def test_what_the_template_takes_is_turned_into_ids(tokens):
    [ids] = tokens.prompts([user("ab")])
    assert tokens.texts(["ab"]) == [[2, *ids, 3]]  # texts stand between the tokens that begin and end one
    assert tokens.conversations([]) == []
