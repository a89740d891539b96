import json

import pytest

from tasks.errors import DistilleryError
from tasks.evaluation.bioasq import read_questions
from tasks.evaluation.evaluation_texts import read_evaluation_texts
from tasks.evaluation.pubmedqa import PubMedQaError, read_items, read_predictions
from tasks.extraction.gad import read_gad
from tasks.extraction.phi import read_phi
from tasks.extraction.read_lines import read_lines
from tasks.extraction.spert_folds import SpertError, read_spert
from tasks.text_files import holds_half_a_character, read_json, read_text
from tests.evaluation_files import write_bioasq, write_pubmedqa

MARK = b"\xef\xbb\xbf"
DEEP = "[" * 200_000
PHI_SPAN = {"entity_type": "PERSON", "entity_value": "Ann", "start_position": 0, "end_position": 3}
PHI_ITEM = {"full_text": "Ann called.", "template_id": 1, "spans": [PHI_SPAN]}
SPERT_ITEM = {"tokens": ["Hives", "after", "aspirin"], "orig_id": 1, "relations": [],
              "entities": [{"type": "Drug", "start": 2, "end": 3}]}  # fmt: skip


def test_a_byte_order_mark_is_no_text(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(MARK + "Zürich\ufeff".encode())
    assert read_text(path, DistilleryError) == "Zürich\ufeff"
    assert read_lines(path, DistilleryError) == ["Zürich\ufeff"]
    path.write_bytes(MARK)
    with pytest.raises(DistilleryError, match=r"a\.txt is empty"):
        read_lines(path, DistilleryError)


def test_every_reader_of_gold_and_benchmark_files_takes_a_byte_order_mark(tmp_path):
    def marked(name: str, content: str):
        path = tmp_path / name
        path.write_bytes(MARK + content.encode())
        return path

    pubmedqa = marked("items.json", write_pubmedqa(tmp_path / "plain.json").read_text())
    bioasq = marked("golden.json", write_bioasq(tmp_path / "plain.json").read_text())
    assert len(read_items(pubmedqa)) == 6
    assert read_predictions(marked("truth.json", '{"101": "yes"}')).row(0) == (101, "yes")
    assert len(read_questions(bioasq).rows) == 4
    assert len(read_evaluation_texts([str(pubmedqa), str(bioasq)])) == 6 * 3 + 4
    assert len(read_phi(marked("phi.json", json.dumps([PHI_ITEM]))).examples) == 1
    assert len(read_spert([marked("ade.json", json.dumps([SPERT_ITEM]))]).examples) == 1
    assert len(read_gad([marked("train.tsv", "@GENE$ causes @DISEASE$.\t1\n")]).examples) == 1
    assert len(read_gad([marked("dev.tsv", "index\tsentence\tlabel\n0\t@GENE$ causes @DISEASE$.\t1\n")]).examples) == 1


@pytest.mark.parametrize("read", [read_items, read_questions, read_phi, lambda path: read_spert([path])])
def test_deep_nesting_is_told_in_a_sentence(tmp_path, read):
    (tmp_path / "deep.json").write_text(DEEP)
    with pytest.raises(DistilleryError, match=r"deep\.json"):
        read(tmp_path / "deep.json")
    with pytest.raises(DistilleryError, match=r"deep\.json is nested too deeply to be read"):
        read_json(tmp_path / "deep.json", DistilleryError)


def test_half_a_character_is_found_however_deep():
    assert holds_half_a_character([{"a": ["\ud83d"]}])
    assert holds_half_a_character({"\udc00": 1})
    assert not holds_half_a_character(["\U0001f600", "é", 1, None])


def test_a_record_with_half_a_character_is_refused_and_costs_no_other(tmp_path):
    (tmp_path / "phi.json").write_text(json.dumps([PHI_ITEM, PHI_ITEM | {"full_text": "Ann \ud83d called."}]))
    gold = read_phi(tmp_path / "phi.json")
    assert (len(gold.examples), gold.refused["key"].to_list()) == (1, ["phi.json item 2"])
    assert "half a character" in gold.refused["reason"][0]

    golden = json.loads(write_bioasq(tmp_path / "golden.json").read_text())
    golden["questions"][1]["snippets"][0]["text"] = "Sleep \udc00."
    (tmp_path / "golden.json").write_text(json.dumps(golden))
    read = read_questions(tmp_path / "golden.json")
    assert read.rows["id"].to_list() == ["q1", "q3", "q4"]
    assert read.refused["key"].to_list() == ["golden.json question 2"]


def test_where_a_file_is_read_whole_or_not_the_sentence_names_the_item(tmp_path):
    write_pubmedqa(tmp_path / "items.json", LONG_ANSWER="\ud83d")
    with pytest.raises(PubMedQaError, match=r"items\.json: item 101: it holds half a character"):
        read_items(tmp_path / "items.json")
    (tmp_path / "ade.json").write_text(json.dumps([SPERT_ITEM | {"tokens": ["\ud83d"]}]))
    with pytest.raises(SpertError, match=r"ade\.json: expected a list of items"):
        read_spert([tmp_path / "ade.json"])
