import pytest

from tasks import hardware


@pytest.mark.parametrize(
    ("flags", "capabilities", "computes"),
    [
        (frozenset({"avx2", "amx_bf16"}), [], True),
        (frozenset({"avx2", "avx512f"}), [], False),
        (frozenset({"avx512_bf16"}), [9.0, 7.5], False),
        (frozenset(), [8.0], True),
    ],
)
def test_bfloat16_where_cpu_or_every_gpu_computes_in_it(monkeypatch, flags, capabilities, computes):
    monkeypatch.setattr(hardware, "cpu_flags", lambda: flags)
    monkeypatch.setattr(hardware, "has_gpu", lambda: bool(capabilities))
    monkeypatch.setattr(hardware, "compute_capabilities", lambda: capabilities)
    assert hardware.computes_bfloat16() is computes
