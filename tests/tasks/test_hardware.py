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
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    monkeypatch.setattr(hardware, "cpu_flags", lambda: flags)
    monkeypatch.setattr(hardware, "has_gpu", lambda: bool(capabilities))
    monkeypatch.setattr(hardware, "compute_capabilities", lambda: capabilities)
    assert hardware.computes_bfloat16() is computes


@pytest.mark.parametrize(
    ("limit", "computes"),
    [("", True), ("avx2", False), ("AVX512_CORE_VNNI", False), ("AVX512_CORE_BF16", True), ("DEFAULT", True)],
)
def test_a_processor_that_the_environment_limits_computes_as_the_lesser_one(monkeypatch, limit, computes):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", limit)
    monkeypatch.setattr(hardware, "cpu_flags", lambda: frozenset({"avx2", "avx512_bf16"}))
    assert hardware.cpu_computes_bfloat16() is computes
