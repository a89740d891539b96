from lxml import etree

from tasks.extraction.judge import BesideTeacher
from tasks.extraction.scores import Micro
from tasks.extraction.student.kept import Epoch
from tasks.interval import Interval
from tasks.report.extraction_figures import draw_epochs, draw_f1, draw_f1_bars


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


def test_bars_for_the_ui():
    beside = BesideTeacher(9, {"<strict>": micro(0.7)}, {"<strict>": micro(0.5)}, Interval(0.2, 0.1, 0.3))
    drawing = etree.fromstring(draw_f1_bars({"<strict>": micro(0.6)}, beside))
    said = [element.text for element in drawing.iter("{*}text")]
    assert said == ["student: <strict>", "70.0 %", "teacher: <strict>", "50.0 %"]
    widths = [float(bar.get("width")) for bar in drawing.findall("{*}rect")[1:]]
    assert widths == [252.0, 180.0]


def test_the_epoch_that_was_kept_is_marked():
    curve, kept = draw_epochs([Epoch(1, 0.2), Epoch(2, 0.6), Epoch(3, 0.5)]).data
    assert list(curve.y) == [0.2, 0.6, 0.5]
    assert (kept.x, kept.y, kept.text) == ((2,), (0.6,), ("kept: 60.0%",))
