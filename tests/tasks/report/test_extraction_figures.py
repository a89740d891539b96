from tasks.extraction.judge import BesideTeacher
from tasks.extraction.scores import Micro
from tasks.extraction.student.kept import Epoch
from tasks.interval import Interval
from tasks.report.extraction_figures import draw_epochs, draw_f1


def micro(value: float) -> Micro:
    around = Interval(value, value - 0.1, value + 0.05)
    return Micro(1, 2, 3, around, around, around)


def test_student_and_teacher_stand_side_by_side_with_their_intervals():
    beside = BesideTeacher(9, {"strict": micro(0.7)}, {"strict": micro(0.5)}, Interval(0.2, 0.1, 0.3))
    student, teacher = draw_f1({"strict": micro(0.6)}, beside).data
    assert [(bar.name, list(bar.x)) for bar in (student, teacher)] == [("student", [0.7]), ("teacher", [0.5])]
    assert [round(student.error_x.array[0], 6), round(student.error_x.arrayminus[0], 6)] == [0.05, 0.1]


def test_without_a_teacher_the_student_stands_alone():
    figure = draw_f1({"strict": micro(0.6), "lenient": micro(0.8)}, None)
    assert [list(bar.x) for bar in figure.data] == [[0.6, 0.8]]
    assert not figure.layout.showlegend


def test_the_epoch_that_was_kept_is_marked():
    curve, kept = draw_epochs([Epoch(1, 0.2), Epoch(2, 0.6), Epoch(3, 0.5)]).data
    assert list(curve.y) == [0.2, 0.6, 0.5]
    assert (kept.x, kept.y, kept.text) == ((2,), (0.6,), ("kept: 60.0%",))
