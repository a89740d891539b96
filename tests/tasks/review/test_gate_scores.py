from tasks.review.gate_scores import GateScore, Judged, gate_scores, together

JUDGED = [
    Judged(True, []),
    Judged(True, ["title"]),
    Judged(False, ["title", "loop"]),
    Judged(False, ["loop"]),
    Judged(False, []),
]


def test_precision_recall_and_what_is_lost_of_the_good():
    loop, title = gate_scores(JUDGED)
    assert loop == GateScore("loop", 2, 2, precision=1.0, recall=2 / 3, good_lost=0.0)
    assert title == GateScore("title", 2, 1, precision=0.5, recall=1 / 3, good_lost=0.5)
    assert together(JUDGED) == GateScore("all gates", 3, 2, precision=2 / 3, recall=2 / 3, good_lost=0.5)


def test_a_share_of_nothing_is_none():
    assert together([]) == GateScore("all gates", 0, 0, precision=None, recall=None, good_lost=None)
    assert together([Judged(True, [])]) == GateScore("all gates", 0, 0, precision=None, recall=None, good_lost=0.0)
    assert gate_scores([Judged(False, [])]) == []
