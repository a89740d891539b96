import json

import pytest

from tasks.tuning.finished import is_whole_safetensors, read_finished, set_aside
from tasks.tuning.job import TrainingFolder
from tasks.tuning.report import CURVE_SCHEMA, LossPoint, TrainingReport
from tasks.tuning.settings import GeneratorSft


def write_weights(path, data=b"\0" * 8):
    header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "__metadata__": {}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)


@pytest.fixture
def folder(tmp_path) -> TrainingFolder:
    made = TrainingFolder(tmp_path)
    made.adapter.mkdir(parents=True)
    report = TrainingReport(
        digest="d", recipe={}, settings=GeneratorSft(), model="m", rows=2, held_out_rows=0, refused={},
        trainable_parameters=2, steps=1, rows_per_pass=1, processes=1, device="cpu",
        losses=[LossPoint(step=1, epoch=0.5, loss=2.5, learning_rate=1e-4, gradient_norm=1.0)],
        held_out_before=None, held_out_after=None, seconds=1.0, seconds_per_step=1.0, peak_memory_mb=1.0,
        estimated_memory_mb=1.0, resumed_from=[], versions={},
    )  # fmt: skip
    made.report.write_text(report.model_dump_json())
    (made.adapter / "adapter_config.json").write_text("{}")
    write_weights(made.adapter / "adapter_model.safetensors")
    return made


def test_a_whole_training_is_read(folder):
    report = read_finished(folder)
    assert report.curve().schema == CURVE_SCHEMA
    assert report.curve().select("step", "loss").row(0) == (1, 2.5)


@pytest.mark.parametrize(
    "damaged", ["training.json", "adapter/adapter_config.json", "adapter/adapter_model.safetensors"]
)
def test_a_damaged_one_is_not_and_makes_way(folder, damaged):
    path = folder.finished / damaged
    path.write_bytes(path.read_bytes()[:-1])
    assert read_finished(folder) is None
    set_aside(folder)
    assert not folder.finished.exists()
    set_aside(folder)


def test_a_missing_one_is_not(tmp_path):
    assert read_finished(TrainingFolder(tmp_path)) is None


def test_safetensors_are_as_long_as_their_header_says(tmp_path):
    path = tmp_path / "w.safetensors"
    write_weights(path)
    assert is_whole_safetensors(path)
    write_weights(path, b"\0" * 7)
    assert not is_whole_safetensors(path)
