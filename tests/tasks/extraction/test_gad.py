from pathlib import Path

import pytest

from tasks.extraction.examples import GDA_SCHEMA, check_examples
from tasks.extraction.gad import GadError, read_gad

SHARED = Path(__file__).parents[4] / "shared" / "data" / "gad"
YES, NO = "@GENE$ causes @DISEASE$.", "@GENE$ is not in @DISEASE$."


def read(folder: Path, train: str, dev: str = f"index\tsentence\tlabel\n0\t{NO}\t0\n"):
    (folder / "train.tsv").write_text(train)
    (folder / "dev.tsv").write_text(dev)
    return read_gad([folder / "train.tsv", folder / "dev.tsv"])


def test_files_with_and_without_a_header_are_read(tmp_path):
    gold = read(tmp_path, f"{YES}\t1\r\n")
    check_examples(gold.examples, GDA_SCHEMA)
    assert gold.examples.select("text", "label", "pmid").rows() == [(YES, 1, None), (NO, 0, None)]
    assert gold.examples["group"].n_unique() == 2


def test_two_labels_are_a_conflict_and_two_alike_are_one_example(tmp_path):
    gold = read(tmp_path, f"{YES}\t1\n{NO}\t1\n{YES}\t1\n")
    assert gold.examples["text"].to_list() == [YES]
    assert gold.merged == 1
    assert gold.conflicts.rows() == [(NO, ["train.tsv line 2", "dev.tsv line 2"], ['{"label": 1}', '{"label": 0}'])]


def test_a_sentence_without_masks_is_refused(tmp_path):
    gold = read(tmp_path, f"{YES}\t1\nBRCA1 causes @DISEASE$.\t1\nNothing.\t0\n")
    assert gold.refused.select("key", "reason").rows() == [
        ("train.tsv line 2", "no @GENE$ in the sentence"),
        ("train.tsv line 3", "no @GENE$ and no @DISEASE$ in the sentence"),
    ]


@pytest.mark.parametrize(
    ("train", "message"),
    [
        (f"{YES}\t1\n{YES}\t2\n", "line 2: expected sentence, label (0 or 1) with tabs between them"),
        (f"{YES} 1\n", "line 1: expected sentence, label"),
        (f"index\tsentence\tlabel\n{YES}\t1\n", "line 2: expected index, sentence, label (0 or 1)"),
        ("\t1\n", "line 1: expected sentence, label"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(tmp_path, train, message):
    with pytest.raises(GadError) as error:
        read(tmp_path, train)
    assert str(error.value).startswith(f"{tmp_path}/train.tsv {message}")


@pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside this checkout")
def test_the_real_files():
    train, dev = read_gad([SHARED / "train.tsv"]), read_gad([SHARED / "dev.tsv"])
    assert (len(train.examples), train.examples["label"].sum(), train.merged) == (4_619, 2_344, 177)
    assert (len(dev.examples), dev.examples["label"].sum(), dev.merged) == (508, 255, 26)
    assert train.examples.join(dev.examples, on="example_id").height == 5
    both = read_gad([SHARED / "train.tsv", SHARED / "dev.tsv"])
    assert (len(both.examples), len(both.refused), len(both.conflicts), both.merged) == (5_122, 0, 0, 208)
