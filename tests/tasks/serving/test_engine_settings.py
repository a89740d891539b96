"""Further arguments of vLLM: what is refused, in whatever spelling argparse would take it."""

import pytest
from pydantic import ValidationError

from tasks.serving.engine_settings import EngineSettings, argument_name


@pytest.mark.parametrize("spelling", ["max_num_batched_tokens", "--max-num-batched-tokens", "Max-Num-Batched-Tokens"])
def test_an_argument_has_one_name_however_it_is_spelt(spelling):
    assert EngineSettings(arguments={spelling: 8192}).arguments == {"max-num-batched-tokens": 8192}


def test_a_key_of_a_json_argument_keeps_its_spelling():
    assert argument_name("--speculative_config.num_speculative_tokens") == "speculative-config.num_speculative_tokens"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("port", "is set by the run"),
        ("hos", "is set by the run"),
        ("--api_key", "is set by the run"),
        ("middleware", "is set by the run"),
        ("served-model-name", "is set by the run"),
        ("structured-outputs-config.backend", "is set by the run"),
        ("no-enable-lora", "is set by the run"),
        ("config", "is set by the run"),
        ("model", "is set by the run"),
        ("dtype", "give it as the model's dtype"),
        ("quant", "give it as the model's quantization"),
        ("revision", "give it as the model's revision"),
        ("kv_cache_dtype", "can change what the model says"),
        ("hf-overrides.rope_theta", "can change what the model says"),
        ("chat-template", "can change what the model says"),
        ("hf-token", "set HF_TOKEN in the environment"),
        ("max-num-seqs", "has a setting of its own; give it as max_num_seqs"),
        ("gpu_memory_utilization", "has a setting of its own"),
        ("", "is no name of an argument"),
        ("a b; rm", "is no name of an argument"),
    ],
)
def test_an_argument_that_would_undo_what_a_run_relies_on_is_refused_in_a_sentence(name, told):
    with pytest.raises(ValidationError, match=told):
        EngineSettings(arguments={name: "x"})


@pytest.mark.parametrize("name", ["enable-expert-parallel", "no-enable-prefix-caching", "trust-remote-code", "load"])
def test_others_are_left_to_vllm(name):
    if name == "load":  # short for load-format
        with pytest.raises(ValidationError):
            EngineSettings(arguments={name: "dummy"})
    else:
        assert EngineSettings(arguments={name: True}).arguments == {name: True}
