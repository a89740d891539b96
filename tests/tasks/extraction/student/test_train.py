import polars as pl
import pytest

from tasks.extraction.built_in import ADE, GDA
from tasks.extraction.examples import ADE_SCHEMA, GDA_SCHEMA, gda_example
from tasks.extraction.student.train import predict, train_student
from tests.tasks.extraction.student.toys import toy_sentence


def test_a_student_learns_which_event_is_whose(settings, toys):
    told = []
    trained = train_student(toys, ADE, settings.model_copy(update={"epochs": 60, "patience": 60}), told.append)
    assert trained.epochs == told
    assert max(epoch.f1 for epoch in told) == pytest.approx(1.0)
    new = pl.DataFrame([toy_sentence(0, 2, "132"), toy_sentence(1, 0, "312")], schema=ADE_SCHEMA)
    found = predict(new, ADE, trained.student, trained.tokenizer)
    assert found.to_dicts() == new.to_dicts()


def test_the_best_epoch_is_kept_and_a_second_training_is_the_same(settings, toys):
    few = settings.model_copy(update={"epochs": 4})
    one, other = (train_student(toys, ADE, few) for _ in range(2))
    assert one.epochs == other.epochs
    assert len(one.epochs) == 4
    weights = [dict(each.student.state_dict()) for each in (one, other)]
    assert all(weights[0][name].equal(weights[1][name]) for name in weights[0])


def test_it_stops_when_nothing_gets_better(settings, toys):
    stuck = settings.model_copy(update={"learning_rate": 1e-9, "head_learning_rate": 1e-9, "patience": 2})
    assert len(train_student(toys, ADE, stuck).epochs) == 3


def test_a_sentence_has_a_label(settings):
    rows = [gda_example(f"{number} {word} 1", int(word == "no")) for number in range(60) for word in ("of", "no")]
    trained = train_student(pl.DataFrame(rows, schema=GDA_SCHEMA), GDA, settings.model_copy(update={"epochs": 6}))
    new = pl.DataFrame([gda_example("99 no 2", None), gda_example("98 of 2", None)], schema=GDA_SCHEMA)
    assert predict(new, GDA, trained.student, trained.tokenizer)["label"].to_list() == [1, 0]


def test_examples_of_one_group_can_not_be_divided(settings, toys):
    with pytest.raises(ValueError, match="expected both"):
        train_student(toys.with_columns(group=pl.lit("pmid 1")), ADE, settings)
