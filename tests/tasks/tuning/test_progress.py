from tasks.tuning.progress import Progress, ProgressLog, ProgressReader, all_progress

STEP = Progress(phase="training", step=12, steps=60, loss=1.8324, seconds=3.0, seconds_left=144.0)


def test_progress_is_read_as_it_comes(tmp_path):
    path = tmp_path / "progress.jsonl"
    log = ProgressLog(path)
    log.tell(Progress(phase="loading"))
    reader = ProgressReader(path)
    assert reader.new() == []
    log.tell(STEP)
    log.tell(Progress(phase="finished"))
    assert [progress.phase for progress in reader.new()] == ["training", "finished"]
    assert reader.new() == []
    assert len(all_progress(path)) == 3


def test_a_line_that_is_being_written_comes_with_the_next_look(tmp_path):
    path = tmp_path / "progress.jsonl"
    reader = ProgressReader(path)
    assert reader.new() == []
    line = STEP.model_dump_json().encode() + b"\n"
    path.write_bytes(line[:20])
    assert reader.new() == []
    path.write_bytes(line)
    assert reader.new() == [STEP]


def test_a_line_that_a_kill_cut_off_is_left_out(tmp_path):
    path = tmp_path / "progress.jsonl"
    log = ProgressLog(path)
    log.tell(STEP)
    path.write_bytes(path.read_bytes() + b'{"phase":"trai')
    reader = ProgressReader(path)
    log.tell(STEP)
    assert all_progress(path) == [STEP, STEP]
    assert reader.new() == [STEP]


def test_progress_in_words():
    assert STEP.describe() == "step 12 of 60, loss 1.832, 2 min 24 s left"
    assert Progress(phase="held out, before").describe() == "held out, before"
    assert Progress(phase="failed", problem="No.").describe() == "No."
