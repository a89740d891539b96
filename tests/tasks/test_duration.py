import pytest

from tasks.duration import spoken


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (45, "45 s"), (59.6, "1 min 0 s"), (144, "2 min 24 s"), (11_100, "3 h 5 min")]
)
def test_durations_in_words(seconds, words):
    assert spoken(seconds) == words
