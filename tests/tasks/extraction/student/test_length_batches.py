import torch
from hypothesis import given
from hypothesis import strategies as st

from tasks.extraction.student.length_batches import LengthBatches


@given(st.lists(st.integers(1, 60), max_size=200), st.integers(1, 20))
def test_every_row_comes_once(lengths, batch):
    sampler = LengthBatches(lengths, batch)
    assert sorted(sampler) == list(range(len(sampler)))


def test_batches_are_of_like_length_in_no_order_of_length():
    lengths = [place % 50 for place in range(320)]
    torch.manual_seed(0)
    places = list(LengthBatches(lengths, 16))
    batches = [[lengths[place] for place in places[start : start + 16]] for start in range(0, 320, 16)]
    assert max(max(batch) - min(batch) for batch in batches) <= 3
    longest = [max(batch) for batch in batches]
    assert longest not in (sorted(longest), sorted(longest, reverse=True))


def test_the_short_batch_comes_last_and_each_epoch_has_another_order():
    sampler = LengthBatches([7] * 30 + [1] * 3, 16)
    torch.manual_seed(0)
    one, other = list(sampler), list(sampler)
    assert one != other
    assert len(one) == 33
