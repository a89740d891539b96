import pytest

from tasks.errors import DistilleryError
from tasks.extraction.built_in import ADE, BUILT_IN
from tasks.extraction.examples import LabelledSpan
from tasks.extraction.find_task import find_task
from tasks.extraction.teacher_labels import LocationCounts


def test_built_in_tasks_go_by_their_names():
    assert find_task("ade") is ADE
    assert list(BUILT_IN) == ["ade", "gda", "phi"]


def test_one_of_your_own_goes_by_its_module_and_name():
    task = find_task("tests.tasks.extraction.own_task:DOSES")
    assert find_task(task.name) is task
    labels = task.question.read("Then 2 g, later 2 g.", "DOSE: 2 g", LocationCounts())
    assert labels.spans == (LabelledSpan(5, 8, "DOSE"), LabelledSpan(16, 19, "DOSE"))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("adverse", "there is no extraction task 'adverse'; expected ade, gda, phi, or package.module:NAME"),
        ("no.such.module:TASK", "can not be imported"),
        ("tests.tasks.extraction.own_task:NOTHING", "can not be imported"),
        ("tests.tasks.extraction.own_task:LABELS", "is a tuple and no ExtractionTask"),
    ],
)
def test_what_is_no_task_is_told(name, sentence):
    with pytest.raises(DistilleryError, match=sentence):
        find_task(name)
