import math

import pytest
import torch

from tasks.extraction.examples import LabelledSpan, Relation, Span
from tasks.extraction.student.batches import batch_of, row_of
from tasks.extraction.student.model import EVENT_HEADS, IGNORED, Student
from tasks.extraction.student.words import windows
from tasks.extraction.targets import Targets

ADE = {"span_labels": ("drug",), "anchor": "drug"}
TEXT = "a no b of c"
DRUGS = (LabelledSpan(0, 1, "drug"), LabelledSpan(5, 6, "drug"))


def batch(tokenizer, targets, texts=(TEXT,)):
    cut = windows(texts, tokenizer, 64, 8)
    return batch_of([row_of(window, each, ("drug",), "drug") for window, each in zip(cut, targets, strict=True)], 0)


@pytest.mark.parametrize("head", EVENT_HEADS)
def test_a_row_of_tags_for_each_anchor_and_token(new_student, head):
    student = new_student(**ADE, head=head)
    hidden, anchors = torch.randn(2, 7, 32), torch.rand(2, 3, 7)
    assert student.relate(hidden, anchors).shape == (2, 3, 7, 3)


@pytest.mark.parametrize("head", EVENT_HEADS)
def test_only_a_linear_head_ranks_tokens_alike_for_every_anchor(new_student, head):
    student = new_student(**ADE, head=head)
    scores = student.relate(torch.randn(1, 7, 32), torch.eye(7)[None])[0]
    ranks = scores[..., 1].argsort(-1)
    assert bool((ranks == ranks[0]).all()) is (head == "linear")


def test_an_anchor_is_the_mean_of_its_sub_tokens(new_student, tokenizer):
    student = new_student(**ADE, head="linear")
    read = batch(tokenizer, [Targets((LabelledSpan(0, 4, "drug"),))], ["ache of b"])
    assert read["anchors"].tolist() == [[[0, 0.25, 0.25, 0.25, 0.25, 0, 0, 0]]]
    hidden = torch.randn(1, 8, 32)
    mean = hidden[:, 1:5].mean(1, keepdim=True)
    expected = student.event_head(hidden, mean)
    torch.testing.assert_close(student.relate(hidden, read["anchors"]), expected)


def test_the_loss_of_related_spans_is_a_mean_over_anchors(new_student, tokenizer):
    targets = Targets(DRUGS, (Relation(Span(0, 1), Span(2, 4)),))
    read = batch(tokenizer, [targets, Targets()], [TEXT, "no ache of a b c"])
    student = new_student(**ADE, event_weight=2.0)
    for head in (student.span_head, *(layer for layer in student.event_head.modules() if hasattr(layer, "weight"))):
        torch.nn.init.zeros_(head.weight)
        if head.bias is not None:
            torch.nn.init.zeros_(head.bias)
    # Every tag is as probable as any other: ln 3 for each word's drug tag, and ln 3 for each drug's mean.
    assert float(student(**read)["loss"].detach()) == pytest.approx(math.log(3) * (1 + 2))


def test_words_outside_weigh_less(new_student, tokenizer):
    read = batch(tokenizer, [Targets(DRUGS)])
    plain, weighted = new_student(**ADE, event_weight=0.0), new_student(**ADE, event_weight=0.0, outside_weight=0.5)
    logits = plain.encode(read["input_ids"], read["attention_mask"]).tags
    each = torch.nn.functional.cross_entropy(logits[0], read["tags"][0], reduction="none", ignore_index=IGNORED)
    begins = [1, 3]  # a and b; the others of the five words are outside
    others = [2, 4, 5]
    expected = (each[begins].sum() + 0.5 * each[others].sum()) / (2 + 0.5 * 3)
    assert float(weighted(**read)["loss"].detach()) == pytest.approx(float(expected.detach()), abs=1e-6)


def test_padding_changes_nothing(new_student, tokenizer):
    student = new_student(**ADE, sentence_labels=2)
    short, longer = (Targets(DRUGS), Targets())
    alone = batch(tokenizer, [short])
    padded = batch(tokenizer, [short, longer], [TEXT, "no ache of a b c no no no"])
    found = [student.encode(read["input_ids"], read["attention_mask"]) for read in (alone, padded)]
    tokens = alone["input_ids"].shape[1]
    torch.testing.assert_close(found[0].tags[0], found[1].tags[0, :tokens], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(found[0].sentence[0], found[1].sentence[0], atol=1e-5, rtol=1e-4)


def test_a_batch_without_any_target_has_a_loss_of_nothing(new_student, tokenizer):
    read = batch(tokenizer, [Targets()], [""])
    loss = new_student(**ADE)(**read)["loss"]
    loss.backward()
    assert float(loss.detach()) == 0


def test_saved_and_loaded_it_says_the_same(new_student, tokenizer, tmp_path):
    student = new_student(**ADE, head="biaffine")
    student.save_pretrained(tmp_path)
    loaded = Student.from_pretrained(tmp_path)
    read = batch(tokenizer, [Targets(DRUGS)])
    assert float(loaded(**read)["loss"].detach()) == float(student(**read)["loss"].detach())
