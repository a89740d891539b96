import pytest

from tasks import hardware
from tasks.errors import DistilleryError
from tasks.tuning import device
from tasks.tuning.settings import GeneratorDpo, GeneratorSft


@pytest.fixture
def gpus(monkeypatch):
    """Pretend that the machine has GPUs of these compute capabilities."""

    def pretend(*capabilities: float, flags: frozenset[str] = frozenset()) -> None:
        monkeypatch.setattr(hardware, "cpu_flags", lambda: flags)
        for module in (hardware, device):
            monkeypatch.setattr(module, "has_gpu", lambda: bool(capabilities))
            monkeypatch.setattr(module, "compute_capabilities", lambda: list(capabilities))
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    return pretend


@pytest.mark.parametrize(
    ("capabilities", "dtype"), [((), "float32"), ((9.0,), "bfloat16"), ((8.0, 7.5), "float32"), ((7.0,), "float32")]
)
def test_auto_is_bfloat16_where_every_gpu_computes_in_it(gpus, capabilities, dtype):
    gpus(*capabilities)
    assert device.resolve(GeneratorSft()).dtype == dtype
    assert device.resolve(GeneratorSft(dtype="bfloat16")).dtype == "bfloat16"


def test_auto_is_bfloat16_on_a_cpu_with_instructions_for_it(gpus, monkeypatch):
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    gpus(flags=frozenset({"avx2", "avx512_bf16"}))
    assert device.resolve(GeneratorSft()).dtype == "bfloat16"
    gpus(flags=frozenset({"avx2", "avx512f"}))
    assert device.resolve(GeneratorSft()).dtype == "float32"


def test_four_bit_needs_a_gpu(gpus):
    gpus()
    with pytest.raises(DistilleryError, match="four_bit needs an NVIDIA GPU"):
        device.resolve(GeneratorSft(four_bit=True))


def test_one_process_per_visible_gpu(gpus, monkeypatch):
    gpus()
    assert device.processes(GeneratorSft()) == 1
    gpus(9.0, 9.0)
    assert device.processes(GeneratorSft()) == 2
    assert device.processes(GeneratorSft(processes=1)) == 1
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert device.visible_gpus() == ["1"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert device.processes(GeneratorSft()) == 1


def test_a_step_must_be_shared_out_equally(gpus):
    gpus(9.0, 9.0, 9.0)
    with pytest.raises(DistilleryError, match="effective_batch 128 is no multiple of the 3 processes"):
        device.processes(GeneratorDpo())


@pytest.mark.parametrize(
    ("effective", "most", "count", "rows"), [(128, 4, 8, 4), (128, 6, 1, 4), (6, 4, 1, 3), (7, 4, 1, 1), (2, 4, 1, 2)]
)
def test_passes_make_up_a_step_exactly(effective, most, count, rows):
    assert device.rows_per_pass(GeneratorSft(effective_batch=effective, device_batch=most), count) == rows


def test_steps_of_an_epoch():
    assert [device.steps_per_epoch(rows, GeneratorSft(effective_batch=8)) for rows in (1, 8, 9)] == [1, 1, 2]
