import json

import pytest

from tasks.errors import DistilleryError
from tasks.extraction.built_in import ADE

ITEM = {
    "tokens": ["Hives", "after", "aspirin", "."],
    "entities": [{"type": "Adverse-Effect", "start": 0, "end": 1}, {"type": "Drug", "start": 2, "end": 3}],
    "relations": [{"type": "Adverse-Effect", "head": 0, "tail": 1}],
    "orig_id": 7,
}


def test_ade_gold_is_the_corpus_or_folds_of_it(tmp_path):
    (tmp_path / "DRUG-AE.rel").write_text("7|Hives after aspirin .|Hives|0|5|aspirin|12|19\n")
    (tmp_path / "ADE-NEG.txt").write_text("8 NEG Nothing was found.\n")
    files = [tmp_path / f"ade_split_{number}_test.json" for number in (0, 1)]
    files[0].write_text(json.dumps([ITEM]))
    files[1].write_text(json.dumps([ITEM | {"tokens": ["Hives", "before", "aspirin"]}]))
    assert ADE.read_gold([tmp_path]).examples["pmid"].to_list() == [7, 8]
    assert ADE.read_gold(files).examples["text"].to_list() == ["Hives after aspirin .", "Hives before aspirin"]
    labels = ["text", "drugs", "relations"]
    corpus, fold = ADE.read_gold([tmp_path]).examples.head(1), ADE.read_gold(files[:1]).examples
    assert corpus.select(labels).equals(fold.select(labels))


@pytest.mark.parametrize("names", [["nowhere"], [".", "."], [".", "ade_full.json"], []])
def test_anything_else_is_told(tmp_path, names):
    with pytest.raises(DistilleryError, match=r"expected a folder of the ADE corpus, or \.json files of SpERT's folds"):
        ADE.read_gold([tmp_path / name for name in names])
