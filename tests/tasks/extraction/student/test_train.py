import polars as pl
import pytest
from transformers import ModernBertConfig, ModernBertModel

from tasks.errors import DistilleryError
from tasks.extraction.built_in import ADE, GDA
from tasks.extraction.examples import ADE_SCHEMA, GDA_SCHEMA, gda_example
from tasks.extraction.student import trainer
from tasks.extraction.student.new_student import new_student
from tasks.extraction.student.predict import predict
from tasks.extraction.student.train import train_student
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


def test_the_kept_weights_are_a_mean_over_steps(settings, toys):
    few = settings.model_copy(update={"epochs": 1})
    plain, same, mean = (
        train_student(toys, ADE, few.model_copy(update={"averaging": share})).student.state_dict()
        for share in (0.0, 0.0, 0.99)
    )
    name = "span_head.weight"
    assert plain[name].equal(same[name])
    assert not plain[name].equal(mean[name])


def test_words_stay_as_they_were_unless_asked_for(settings, toys):
    few = settings.model_copy(update={"epochs": 1})
    start, _ = new_student(ADE, few)
    name = "encoder.embeddings.word_embeddings.weight"
    kept, moved = (
        train_student(toys, ADE, few.model_copy(update={"train_words": words})).student.state_dict()[name]
        for words in (False, True)
    )
    assert kept.equal(start.state_dict()[name])
    assert not moved.equal(kept)


STUCK = {"learning_rate": 1e-9, "head_learning_rate": 1e-9, "patience": 2}


def test_it_stops_when_nothing_gets_better(settings, toys, monkeypatch):
    monkeypatch.setattr(trainer, "f1_of", lambda counts: 0.5)
    assert len(train_student(toys, ADE, settings.model_copy(update=STUCK)).epochs) == 3


def test_it_does_not_stop_before_anything_is_found(settings, toys, monkeypatch):
    monkeypatch.setattr(trainer, "f1_of", lambda counts: 0.0)
    assert len(train_student(toys, ADE, settings.model_copy(update={**STUCK, "epochs": 5})).epochs) == 5


def test_a_sentence_has_a_label(settings):
    rows = [gda_example(f"{number} {word} 1", int(word == "no")) for number in range(60) for word in ("of", "no")]
    trained = train_student(pl.DataFrame(rows, schema=GDA_SCHEMA), GDA, settings.model_copy(update={"epochs": 6}))
    new = pl.DataFrame([gda_example("99 no 2", None), gda_example("98 of 2", None)], schema=GDA_SCHEMA)
    assert predict(new, GDA, trained.student, trained.tokenizer)["label"].to_list() == [1, 0]


def test_another_kind_of_encoder(settings, toys, tokenizer, tmp_path):
    config = ModernBertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        local_attention=8, global_attn_every_n_layers=2, pad_token_id=0, max_position_embeddings=64,
    )  # fmt: skip
    ModernBertModel(config).save_pretrained(tmp_path / "modern")
    tokenizer.save_pretrained(tmp_path / "modern")
    modern = settings.model_copy(update={"encoder": str(tmp_path / "modern"), "window": 64, "overlap": 16, "epochs": 2})
    trained = train_student(toys, ADE, modern)
    assert trained.student.config.encoder["model_type"] == "modernbert"
    assert len(predict(toys.head(3), ADE, trained.student, trained.tokenizer)) == 3


def test_what_is_no_encoder_or_too_short_a_one_is_told(settings, toys, tmp_path):
    with pytest.raises(DistilleryError, match=r"encoder=.*nothing is no encoder: expected"):
        train_student(toys, ADE, settings.model_copy(update={"encoder": str(tmp_path / "nothing")}))
    with pytest.raises(DistilleryError, match="reads 512 tokens at most; set window to that or less"):
        train_student(toys, ADE, settings.model_copy(update={"window": 600}))


def test_examples_of_one_group_can_not_be_divided(settings, toys):
    with pytest.raises(DistilleryError, match="are of 1 articles"):
        train_student(toys.with_columns(group=pl.lit("pmid 1")), ADE, settings)
