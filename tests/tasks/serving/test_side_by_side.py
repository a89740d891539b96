"""Which adapters one vLLM serves, and which must be merged."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from tasks.serving import side_by_side as module
from tasks.serving.adapter_base import AdapterError
from tasks.serving.conversation import PLAIN_TEMPLATE
from tasks.serving.model import LanguageModel
from tasks.serving.side_by_side import check_fit, served_together, weights_of, why_merged
from tests.tasks.serving.test_adapter_base import LAYERS, SHAPES, write_adapter

TEMPLATE = "{{ messages[0] }}"


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr(module, "has_gpu", lambda: True)


def on(adapter, **more: object) -> LanguageModel:
    return LanguageModel(model="org/model", adapter=str(adapter), **more)


def trained_on(tmp_path, name, **more: object) -> LanguageModel:
    return on(write_adapter(tmp_path / name, "org/model", lora_alpha=name), **more)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({}, None),
        ({"r": 512}, None),
        ({"init_lora_weights": "gaussian"}, None),
        ({"use_rslora": True, "rank_pattern": {"q_proj": 32}}, None),
        ({"r": 513}, "its rank is 513, and vLLM takes 512"),
        ({"r": 8, "rank_pattern": {"q_proj": 600}}, "its rank is 600"),
        ({"modules_to_save": ["lm_head"]}, "whole copies"),
        ({"use_dora": True}, "DoRA"),
        ({"bias": "all"}, "biases"),
        ({"init_lora_weights": "pissa"}, "changing the model's own weights (pissa)"),
        ({"target_parameters": ["experts.gate"]}, "experts"),
    ],
)
def test_what_vllm_s_lora_does_not_do_is_merged(tmp_path, config, reason):
    found = why_merged(on(write_adapter(tmp_path / "a", "org/model", **config)), TEMPLATE)
    assert found is None if reason is None else reason in found


def test_an_adapter_that_changes_the_vocabulary_is_merged(tmp_path):
    assert "vocabulary" in why_merged(on(write_adapter(tmp_path / "a", "org/model", layers=["lm_head"])), TEMPLATE)


@pytest.mark.parametrize(
    ("own", "below", "is_served"),
    [
        (None, TEMPLATE, True),
        (TEMPLATE + "\n", TEMPLATE, True),
        ("{{ other }}", TEMPLATE, False),
        (None, None, True),
        ("{{ bos_token }}" + PLAIN_TEMPLATE, None, True),
        ("{{ other }}", None, False),
    ],
)
def test_an_adapter_is_asked_as_it_was_trained_to_be(tmp_path, own, below, is_served):
    adapter = write_adapter(tmp_path / "a", "org/model")
    if own is not None:
        (adapter / "chat_template.jinja").write_text(own)
    reason = why_merged(on(adapter), below)
    assert reason is None if is_served else "chat template" in reason
    above = on(write_adapter(tmp_path / "b", "org/model"), merged=(str(adapter),))
    assert why_merged(above, below) is None  # it is put on what was learnt below


def test_adapters_of_other_models_precisions_and_quantisations_are_apart(gpu, tmp_path):
    asked, beside = trained_on(tmp_path, "a"), trained_on(tmp_path, "b")
    known = [
        beside,
        asked,
        LanguageModel(model="org/model"),
        beside.model_copy(update={"model": "org/other"}),
        beside.model_copy(update={"dtype": "float16"}),
        beside.model_copy(update={"quantization": "fp8"}),
        beside.model_copy(update={"revision": "v2"}),
    ]
    together = served_together(asked, known, TEMPLATE)
    assert together.base == LanguageModel(model="org/model")
    assert together.adapted == (asked, beside)
    assert together.rank() == 8
    assert set(together.folders().values()) == {tmp_path / "a", tmp_path / "b"}
    assert len(set(together.names().values())) == 3


def test_an_adapter_on_top_of_another_is_served_on_the_two_merged(gpu, tmp_path):
    first = trained_on(tmp_path, "first")
    second = trained_on(tmp_path, "second", merged=(first.adapter,))
    third = trained_on(tmp_path, "third", merged=(first.adapter, second.adapter))
    assert served_together(second, [first], TEMPLATE).base == first
    assert served_together(third, [first, second], TEMPLATE).base == second
    assert served_together(third, [first, second], TEMPLATE).adapted == (third,)


def test_one_that_vllm_can_not_serve_is_merged_and_said(gpu, tmp_path, caplog):
    adapter = write_adapter(tmp_path / "a", "org/model", use_dora=True)
    model = on(adapter)
    with caplog.at_level("INFO", logger="distillery"):
        together = served_together(model, [trained_on(tmp_path, "b")], TEMPLATE)
    assert (together.base, together.adapted) == (model, ())
    assert "is merged into org/model and not served beside it: it is DoRA" in caplog.text


def test_how_a_model_is_asked_makes_no_other_weights():
    model = LanguageModel()
    assert weights_of(model) == weights_of(model.model_copy(update={"body": {"top_k": 1}, "thinking_tokens": 9}))


def test_an_adapter_of_another_shape_is_told_before_vllm_starts(tmp_path):
    base = tmp_path / "model"
    base.mkdir()
    (base / "config.json").write_text(json.dumps({"model_type": "llama"}))
    save_file({name: np.zeros(shape, np.float32) for name, shape in SHAPES.items()}, base / "model.safetensors")
    fits = write_adapter(tmp_path / "fits", "model")
    check_fit(LanguageModel(model=str(base), adapter=str(fits)), base)
    wide = write_adapter(tmp_path / "wide", "model", inner=7)
    with pytest.raises(AdapterError, match="does not fit model"):
        check_fit(LanguageModel(model=str(base), adapter=str(wide)), base)
    short = write_adapter(tmp_path / "short", "model", layers=LAYERS[:1])
    with pytest.raises(AdapterError, match="the model has 1 layers more"):
        check_fit(LanguageModel(model=str(base), adapter=str(short)), base)
