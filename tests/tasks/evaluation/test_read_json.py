import pytest

from tasks.errors import DistilleryError
from tasks.evaluation.read_json import read_object, shown


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", r"items\.json is cut off or no JSON"),
        (b'{"1": "yes", ', r"items\.json is cut off or no JSON"),
        (b'{"1": "\xff"}', r"items\.json line 1: expected UTF-8 text, found byte 0xff; save it as UTF-8"),
        (b'{"\\ud83d": "yes"}', "a key of it holds half a character"),
        (b'{"1": "yes", "1": "no"}', "'1' stands there twice"),
        (b'[{"1": "yes"}]', r"expected a JSON object, found \[\{'1': 'yes'\}\]"),
    ],
)
def test_what_is_no_object_is_told(tmp_path, content, reason):
    path = tmp_path / "items.json"
    path.write_bytes(content)
    with pytest.raises(DistilleryError, match=reason):
        read_object(path, DistilleryError)


def test_no_file(tmp_path):
    with pytest.raises(DistilleryError, match=r"gone\.json can not be read \(No such file or directory\)"):
        read_object(tmp_path / "gone.json", DistilleryError)


def test_what_was_found_fits_a_sentence():
    assert shown(None) == "nothing"
    assert shown("yes") == "'yes'"
    assert len(shown("y" * 5_000)) < 100
