import pytest
import torch

from tasks.extraction.examples import LabelledSpan, Relation, Span
from tasks.extraction.student.model import Encoded
from tasks.extraction.student.predict import find

TEXT = "a no b of c"


@pytest.fixture
def rigged(new_student, tokenizer, monkeypatch):
    """A student that takes "a" and "b" for drugs, and for events of "a" what is "no", of "b" what is "of"."""
    student = new_student(span_labels=("drug",), anchor="drug")
    ids = tokenizer.convert_tokens_to_ids
    passes = []

    def encode(input_ids, attention_mask):
        passes.append(len(input_ids))
        drugs = (input_ids == ids("a")) | (input_ids == ids("b"))
        tags = torch.stack([~drugs, drugs, torch.zeros_like(drugs)], -1).float() * 20
        return Encoded(input_ids[..., None].float(), tags, torch.zeros(len(input_ids), 0))

    def relate(hidden, anchors):
        of = (anchors @ hidden).round()  # (windows, anchors, 1): the anchor's token
        token = hidden[..., 0][:, None]
        related = ((of == ids("a")) & (token == ids("no"))) | ((of == ids("b")) & (token == ids("of")))
        return torch.stack([~related, related, torch.zeros_like(related)], -1).float() * 20

    monkeypatch.setattr(student, "encode", encode)
    monkeypatch.setattr(student, "relate", relate)
    student.passes = passes
    return student


def test_each_drug_has_its_own_events_from_one_pass(rigged, tokenizer):
    [found] = find(rigged, tokenizer, [TEXT])
    assert list(found.spans) == [LabelledSpan(0, 1, "drug"), LabelledSpan(5, 6, "drug")]
    assert list(found.relations) == [
        Relation(Span(0, 1), Span(2, 4)), Relation(Span(5, 6), Span(7, 9)),
    ]  # fmt: skip
    assert found.relations[Relation(Span(0, 1), Span(2, 4))] == pytest.approx(1, abs=1e-6)
    assert rigged.passes == [1]


def test_what_is_found_does_not_depend_on_the_other_texts(rigged, tokenizer):
    texts = ["no of", TEXT, "", "b of", "a a no"]
    together = find(rigged, tokenizer, texts)
    assert together == [find(rigged, tokenizer, [text])[0] for text in texts]
    assert find(rigged, tokenizer, texts, batch_tokens=1) == together


def test_windows_of_a_long_text_find_what_one_window_finds(rigged, tokenizer):
    text = "a no c c c c c c c c c c b of c c"
    [whole] = find(rigged, tokenizer, [text])
    rigged.config.window, rigged.config.overlap = 9, 3
    [cut] = find(rigged, tokenizer, [text])
    assert cut.targets == whole.targets
    assert rigged.passes[-1] > 1


def test_windows_vote_on_the_label_of_a_sentence(new_student, tokenizer):
    student = new_student(sentence_labels=2, window=9, overlap=3)
    [found] = find(student, tokenizer, ["a no c c c c b of c c c a no c c c c"])
    assert found.label in (0, 1)
    assert 0.5 <= found.label_probability <= 1
    assert not found.spans


def test_no_text_is_nothing(rigged, tokenizer):
    assert find(rigged, tokenizer, []) == []


def test_half_the_precision_finds_nearly_the_same(new_student, tokenizer):
    student = new_student(sentence_labels=2)
    texts = ["a no b of c", "ache", "of no"]
    whole, half = find(student, tokenizer, texts), find(student, tokenizer, texts, half=True)
    for one, other in zip(whole, half, strict=True):
        assert one.label_probability == pytest.approx(other.label_probability, abs=0.02)
        assert one.label_probability != other.label_probability
