import json
import logging
import sys

import pytest
from transformers import BioGptConfig, GPT2Config, LlamaConfig

from tasks.errors import DistilleryError
from tasks.serving.conversation import PLAIN_END, plain_text
from tasks.tokenizer import is_plain, lacks_system_role, load_tokenizer, longest_sequence
from tests.tasks.tuning.base_models import base_tokenizer
from tests.tasks.tuning.words import assistant, user

CONVERSATION = [
    {"role": "system", "content": "You ask."},
    *user("Aspirin in adults"), *assistant("Does it help?"), *user("{{ braces }} stay"),
]  # fmt: skip
NO_SYSTEM = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "[{{ m.role }}] {{ m.content }}{% endfor %}"
)


@pytest.fixture
def base(tmp_path):
    """Return the tokenizer of a model without a chat template, as training loads it."""
    base_tokenizer().save_pretrained(tmp_path)
    return load_tokenizer(str(tmp_path))


def test_a_prompt_without_a_template_is_what_serving_asks(base):
    rendered = base.apply_chat_template(CONVERSATION, tokenize=False, add_generation_prompt=True)
    assert rendered == "<s>" + plain_text(CONVERSATION)
    [ids] = base.apply_chat_template([CONVERSATION], add_generation_prompt=True, return_dict=True)["input_ids"]
    assert ids == base(plain_text(CONVERSATION))["input_ids"]  # as a server reads it, which puts <s> before it


def test_the_answer_that_is_learnt_ends_with_the_end_of_a_text_and_shots_do_not(base):
    whole = [*CONVERSATION, *assistant("Is it safe?")]
    rendered = base.apply_chat_template(whole, tokenize=False)
    assert rendered == "<s>" + plain_text(CONVERSATION) + "Is it safe?</s>"
    assert plain_text(CONVERSATION).count(PLAIN_END) == 4
    assert is_plain(base.chat_template)


def test_a_template_of_its_own_stays(tmp_path):
    tokenizer = base_tokenizer()
    tokenizer.chat_template = NO_SYSTEM
    tokenizer.save_pretrained(tmp_path)
    loaded = load_tokenizer(str(tmp_path))
    assert (loaded.chat_template, is_plain(loaded.chat_template)) == (NO_SYSTEM, False)


def test_padding_is_the_end_where_there_is_none_or_the_model_has_no_row_for_it(tmp_path):
    base_tokenizer().save_pretrained(tmp_path)
    assert load_tokenizer(str(tmp_path)).pad_token == "</s>"
    base_tokenizer(pad_token="[PAD]").save_pretrained(tmp_path)
    assert load_tokenizer(str(tmp_path)).pad_token == "[PAD]"
    LlamaConfig(vocab_size=258).save_pretrained(tmp_path)  # as many as there are without [PAD]
    assert load_tokenizer(str(tmp_path)).pad_token == "</s>"


def test_the_end_is_what_the_configuration_says_and_has_to_be_known(tmp_path):
    base_tokenizer(eos_token=None).save_pretrained(tmp_path)
    with pytest.raises(DistilleryError, match=r"no token that ends a text.*eos_token in its tokenizer_config\.json"):
        load_tokenizer(str(tmp_path))
    LlamaConfig(eos_token_id=[1, 5]).save_pretrained(tmp_path)
    loaded = load_tokenizer(str(tmp_path))
    assert (loaded.eos_token, loaded.pad_token) == ("</s>", "</s>")


def test_a_folder_without_a_tokenizer_is_told(tmp_path):
    with pytest.raises(DistilleryError, match="has no tokenizer that transformers loads"):
        load_tokenizer(str(tmp_path))


def test_a_tokenizer_that_needs_a_package_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sacremoses", None)  # as where it is not installed
    (tmp_path / "vocab.json").write_text(json.dumps({"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}))
    (tmp_path / "merges.txt").write_text("#version\n")
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BioGptTokenizer"}))
    BioGptConfig(vocab_size=4).save_pretrained(tmp_path)
    with pytest.raises(DistilleryError, match=r"needs a package that is not installed \(.*sacremoses"):
        load_tokenizer(str(tmp_path))


def test_a_template_without_system_role_is_found_out_and_said_once(base, caplog):
    with caplog.at_level(logging.INFO, logger="distillery"):
        assert not lacks_system_role(base)
        assert not caplog.messages
        base.chat_template = NO_SYSTEM
        assert lacks_system_role(base)
    [said] = caplog.messages
    assert "has no system role" in said


def test_a_template_that_drops_system_messages_is_told(base, caplog):
    base.chat_template = "{% for m in messages if m.role != 'system' %}{{ m.content }}{% endfor %}"
    assert not lacks_system_role(base)
    assert "leaves system messages out" in caplog.text


def test_learnt_positions_end(tmp_path):
    for config, longest in ((BioGptConfig(), 1024), (GPT2Config(n_positions=512), 512), (LlamaConfig(), None)):
        config.save_pretrained(tmp_path)
        assert longest_sequence(str(tmp_path)) == longest
    assert longest_sequence(str(tmp_path / "none")) is None
