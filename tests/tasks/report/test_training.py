from pathlib import Path

from tasks.report.training import draw_losses, write_training_page
from tasks.tuning.report import HeldOutLoss, LossPoint, TrainingReport
from tasks.tuning.settings import GeneratorDpo


def make_report(margin: float | None) -> TrainingReport:
    losses = [
        LossPoint(step=n, epoch=n / 4, loss=1 / n, learning_rate=1e-4, gradient_norm=1.0, margin=margin)
        for n in range(1, 5)
    ]
    held_out = HeldOutLoss(rows=2, tokens=30, per_token=2.5, pair_loss=0.69, margin=0.1, accuracy=0.5)
    return TrainingReport(
        digest="abc", recipe={}, settings=GeneratorDpo.cpu(), model="small <model>", rows=20, held_out_rows=2,
        refused={"longer than 640 tokens": 3}, trainable_parameters=1_000, steps=4, rows_per_pass=2, processes=1,
        device="cpu", losses=losses, held_out_before=held_out, held_out_after=held_out, seconds=4.0,
        seconds_per_step=1.0, peak_memory_mb=100.0, estimated_memory_mb=120.0, resumed_from=[2], versions={},
    )  # fmt: skip


def test_losses_are_drawn_with_what_the_training_is_about():
    assert [trace.name for trace in draw_losses(make_report(0.2)).data][-1] == "implicit reward margin"
    step, smooth, rate = draw_losses(make_report(None)).data
    assert rate.name == "learning rate"
    assert list(step.y) == [1, 1 / 2, 1 / 3, 1 / 4]
    assert smooth.y[1] == (1 + 1 / 2) / 2


def test_the_page_says_how_the_adapter_came_about(tmp_path):
    path = write_training_page(tmp_path / "reports", make_report(0.2), Path("/adapters/abc"))
    page = path.read_text()
    assert path.name == "generator-dpo-abc.html"
    for text in ("small &lt;model&gt;", "/adapters/abc", "longer than 640 tokens", "pairs ranked right", "resumed"):
        assert text in page
