from tasks.extraction.built_in import ADE
from tasks.extraction.student.files import load_student
from tasks.extraction.student.keep import keep_student, student_recipe


def test_a_student_is_trained_once(settings, toys, tmp_path):
    few = settings.model_copy(update={"epochs": 2})
    told = []
    one = keep_student(tmp_path / "root", toys, ADE, few, "gold", told.append)
    again = keep_student(tmp_path / "root", toys.reverse(), ADE, few, "gold", told.append)
    assert (one.reused, again.reused) == (False, True)
    assert len(told) == 2
    assert again.folder == one.folder
    assert again.epochs == one.epochs
    assert again.best_f1 == max(epoch.f1 for epoch in told)
    student, _ = load_student(one.folder)
    assert student.config.task == "ade"


def test_other_labels_or_settings_are_another_student(settings, toys):
    recipe = student_recipe(toys, ADE, settings).digest
    assert student_recipe(toys.head(-1), ADE, settings).digest != recipe
    assert student_recipe(toys, ADE, settings.model_copy(update={"head": "linear"})).digest != recipe
