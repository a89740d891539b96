import json

from tasks.tuning.checkpoints import is_whole, last_whole, mark_whole, reached_the_end, step_of


def checkpoint(folder, step, whole=True, steps=100):
    path = folder / f"checkpoint-{step}"
    path.mkdir()
    (path / "adapter_model.safetensors").write_bytes(b"w" * 100)
    (path / "trainer_state.json").write_text(json.dumps({"global_step": step, "max_steps": steps}))
    if whole:
        mark_whole(path)
    return path


def test_the_last_whole_checkpoint_counts(tmp_path):
    checkpoint(tmp_path, 9)
    expected = checkpoint(tmp_path, 10)
    checkpoint(tmp_path, 11, whole=False)
    (tmp_path / "checkpoint-none").mkdir()
    assert last_whole(tmp_path) == expected
    assert step_of(expected) == 10


def test_a_checkpoint_that_lost_something_is_not_whole(tmp_path):
    cut = checkpoint(tmp_path, 10)
    (cut / "adapter_model.safetensors").write_bytes(b"w" * 99)
    gone = checkpoint(tmp_path, 11)
    (gone / "adapter_model.safetensors").unlink()
    unreadable = checkpoint(tmp_path, 12)
    (unreadable / "whole.json").write_text("{")
    assert not any(map(is_whole, (cut, gone, unreadable)))
    assert last_whole(tmp_path) is None


def test_no_checkpoints(tmp_path):
    assert last_whole(tmp_path / "none") is None


def test_a_checkpoint_may_be_the_end(tmp_path):
    assert not reached_the_end(checkpoint(tmp_path, 10))
    assert reached_the_end(checkpoint(tmp_path, 100))
