import pytest
from transformers import PreTrainedTokenizerFast

from tasks.errors import DistilleryError
from tasks.tokens import ChatTokens, shared_start
from tests.tasks.extraction.student.conftest import letters_tokenizer
from tests.tasks.tuning.base_models import base_tokenizer
from tests.tasks.tuning.words import assistant, user

NO_SYSTEM = (
    "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate user/assistant') }}{% endif %}"
    "{{ m.content }}{% endfor %}"
)
"""As Mistral 7B v0.1's."""
THINKING = (
    "{% for m in messages %}<|{{ m.role }}|>{% if m.role == 'assistant' and loop.last %}<think></think>{% endif %}"
    "{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>"
    "{% if enable_thinking is defined and enable_thinking is false %}<think></think>{% endif %}{% endif %}"
)
"""As Qwen3's: the prompt of a model that is not to think holds an empty thought."""
SYSTEM = [{"role": "system", "content": "Ask."}]


def saved(folder, template: str) -> str:
    tokenizer: PreTrainedTokenizerFast = base_tokenizer()
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    return str(folder)


def test_system_messages_are_folded_where_the_template_has_no_role_for_them(tmp_path):
    tokens = ChatTokens.load(saved(tmp_path, NO_SYSTEM))
    shots = [*user("a"), *assistant("b"), *user("c")]
    [prompt] = tokens.prompts([[*SYSTEM, *shots]])
    [whole] = tokens.conversations([[*SYSTEM, *shots, *assistant("d")]])
    assert tokens.tokenizer.decode(whole) == "Ask.\n\nabcd"
    assert tokens.prompts([[*user("Ask.\n\na"), *shots[1:]]]) == [prompt]
    assert tokens.tokenizer.decode(whole[shared_start(prompt, whole) :]) == "d"


def test_a_conversation_that_the_template_refuses_all_the_same_is_told_in_a_sentence(tmp_path):
    tokens = ChatTokens.load(saved(tmp_path, NO_SYSTEM))
    for templated in (tokens.prompts, tokens.conversations):
        with pytest.raises(
            DistilleryError, match=r"does not take a conversation of user, user \(Roles must alternate user"
        ):
            templated([[*user("ab"), *user("cd")]])


def test_a_model_that_thinks_is_shown_what_serving_asks_when_it_is_not_to(tmp_path):
    tokens = ChatTokens.load(saved(tmp_path, THINKING))
    [prompt], [whole] = tokens.prompts([user("a")]), tokens.conversations([[*user("a"), *assistant("b")]])
    assert tokens.tokenizer.decode(prompt) == "<|user|>a<|assistant|><think></think>"
    assert tokens.tokenizer.decode(whole[shared_start(prompt, whole) :]) == "b"


def test_what_the_template_takes_is_turned_into_ids():
    tokenizer: PreTrainedTokenizerFast = letters_tokenizer()
    tokenizer.chat_template = NO_SYSTEM
    tokens = ChatTokens(tokenizer)
    [ids] = tokens.prompts([user("ab")])
    assert tokens.texts(["ab"]) == [[2, *ids, 3]]  # texts stand between the tokens that begin and end one
    assert tokens.conversations([]) == []
