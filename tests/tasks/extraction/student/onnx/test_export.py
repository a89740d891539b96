import json
import os
import shutil
import sys

import pytest
import torch
from transformers import ModernBertConfig

from tasks.errors import DistilleryError
from tasks.extraction.student.files import CardFacts, load_student, save_student
from tasks.extraction.student.model import Student, StudentConfig
from tasks.extraction.student.onnx import export
from tasks.extraction.student.onnx.export import export_onnx
from tasks.extraction.student.onnx.folder import onnx_digest
from tasks.extraction.student.onnx.student import load_onnx_student
from tasks.extraction.student.predict import find
from tasks.extraction.student.task import load_annotator
from tests.tasks.extraction.student.conftest import letters_tokenizer

ADE = {"task": "ade", "span_labels": ("drug",), "anchor": "drug"}
FACTS = CardFacts("some/encoder", "a teacher of 7B", 1234, 0.5)
LONG = "a no b of c. " + "x of y no ache of b, 12 no " * 8
TEXTS = ["a no b of c", "", "ache", LONG, "of no", LONG[30:90], "x-ray."]


def bert_config(tokenizer):
    return {
        "model_type": "bert", "vocab_size": len(tokenizer), "hidden_size": 32, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": 64,
    }  # fmt: skip


def modern_bert_config(tokenizer):
    """One layer that attends to everything and one that attends to four tokens on each side."""
    return ModernBertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        local_attention=8, global_attn_every_n_layers=2, pad_token_id=0, bos_token_id=2, eos_token_id=3,
        cls_token_id=2, sep_token_id=3,
    ).to_dict()  # fmt: skip


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Save a random student whose tags change from word to word, and whose windows are short."""
    tokenizer = letters_tokenizer()

    def save(make_config=bert_config, seed=1, **config):
        torch.manual_seed(seed)
        settings = {"window": 40, "overlap": 10, "width": 16, **config}
        student = Student(StudentConfig(encoder=make_config(tokenizer), **settings)).eval()
        for name, weight in student.named_parameters():
            if "head" in name and weight.dim() > 1:
                weight.data *= 40
        return save_student(tmp_path_factory.mktemp("saved") / "student", student, tokenizer, FACTS)

    return save


@pytest.fixture(scope="module")
def student_folder(saved):
    return saved(**ADE, sentence_labels=2)


@pytest.fixture(scope="module")
def exported(student_folder):
    return export_onnx(student_folder, student_folder.with_name("exported"))


def assert_same_finds(student_folder, exported):
    """Check that both find the same, with the same probabilities, in texts one by one and together."""
    wanted = find(*load_student(student_folder), TEXTS)
    student, tokenizer = load_onnx_student(exported)
    for found in (find(student, tokenizer, TEXTS), [find(student, tokenizer, [text])[0] for text in TEXTS]):
        assert [each.targets for each in found] == [each.targets for each in wanted]
        for one, other in zip(found, wanted, strict=True):
            assert one.spans == pytest.approx(other.spans, abs=1e-4)
            assert one.relations == pytest.approx(other.relations, abs=1e-4)
            assert one.label_probability == pytest.approx(other.label_probability, abs=1e-4)
    return wanted


def test_an_exported_student_finds_the_same(student_folder, exported):
    found = assert_same_finds(student_folder, exported)
    assert sum(len(each.spans) for each in found) > 10
    assert len({relation.event for each in found for relation in each.relations}) > 10


@pytest.mark.parametrize(
    ("make_config", "head", "labels"),
    [(modern_bert_config, "biaffine", 3), pytest.param(bert_config, "linear", 0, marks=pytest.mark.slow)],
)
def test_other_heads_and_encoders_find_the_same(saved, tmp_path, make_config, head, labels):
    folder = saved(make_config, **ADE, head=head, sentence_labels=labels)
    found = assert_same_finds(folder, export_onnx(folder, tmp_path / "exported"))
    assert any(each.relations for each in found)
    assert (found[0].label is not None) is bool(labels)


def test_a_student_without_an_anchor_is_one_graph(saved, tmp_path):
    folder = saved(task="gda", sentence_labels=2)
    exported = export_onnx(folder, tmp_path / "exported")
    assert sorted(path.name for path in exported.glob("*.onnx*")) == ["encoder.onnx"]
    found = assert_same_finds(folder, exported)
    assert {each.label for each in found} <= {0, 1}
    student, _ = load_onnx_student(exported)
    with pytest.raises(ValueError, match="a student of gda has no anchor"):
        student.relate(torch.zeros(1, 2, 32), torch.zeros(1, 1, 2))


def test_the_folder_is_whole(student_folder, exported):
    names = {path.name for path in exported.iterdir()}
    assert names >= {"encoder.onnx", "relate.onnx", "config.json", "tokenizer.json", "README.md"}
    assert not any("safetensors" in name for name in names)
    assert {path.name for path in exported.parent.iterdir()} == {student_folder.name, exported.name}
    card = (exported / "README.md").read_text()
    for fact in ("base_model: some/encoder", "## ONNX", "each drug -> event_tags", "`load_onnx_student`"):
        assert fact in card


def test_an_annotator_takes_it(student_folder, exported, toy):
    annotator = load_annotator(exported, toy)
    wanted = load_annotator(student_folder, toy)
    assert annotator.task == wanted.task
    assert load_annotator(student_folder, toy, "bfloat16").digest != wanted.digest
    with pytest.raises(DistilleryError, match="is exported to ONNX in float32"):
        load_annotator(exported, toy, "bfloat16")
    assert annotator.digest == onnx_digest(exported) != wanted.digest
    assert [each.targets for each in annotator.find(TEXTS)] == [each.targets for each in wanted.find(TEXTS)]


def test_only_an_exported_student_is_replaced(student_folder, exported, tmp_path, monkeypatch):
    with pytest.raises(DistilleryError, match="is there already and is no exported student"):
        export_onnx(student_folder, student_folder)
    (tmp_path / "file").write_text("kept")
    with pytest.raises(DistilleryError, match="is there already"):
        export_onnx(student_folder, tmp_path / "file")
    monkeypatch.setattr(export, "_write", lambda student, folder: (folder / "new").write_text(""))
    again = export_onnx(student_folder, shutil.copytree(exported, tmp_path / "again"))
    assert [path.name for path in again.iterdir()] == ["new"]


@pytest.mark.parametrize(("difference", "told"), [(None, r"[\d.]+"), (float("nan"), "nan")])
def test_a_student_that_would_answer_otherwise_is_not_written(saved, exported, tmp_path, monkeypatch, difference, told):
    def write_other_graphs(folder, student):
        for name in ("encoder.onnx", "relate.onnx"):
            shutil.copyfile(exported / name, folder / name)

    monkeypatch.setattr(export, "write_graphs", write_other_graphs)
    if difference is not None:
        monkeypatch.setattr(export, "largest_difference", lambda *_: difference)
    other = saved(**ADE, sentence_labels=2, seed=3)
    with pytest.raises(DistilleryError, match=f"differ from it by {told} in a logit, more than 0[.]001; nothing"):
        export_onnx(other, tmp_path / "into")
    assert not list(tmp_path.iterdir())


def test_an_encoder_that_can_not_be_exported_is_told(student_folder, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise torch.onnx.OnnxExporterError("no such\noperator")

    monkeypatch.setattr(torch.onnx, "export", refuse)
    with pytest.raises(DistilleryError, match="can not export encoder of this student to ONNX: no such operator"):
        export_onnx(student_folder, tmp_path / "into")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda folder: (folder / "relate.onnx").unlink(), "no whole exported student: relate.onnx missing"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json missing; export it again"),
        (lambda folder: os.truncate(folder / "encoder.onnx", 3000), "can not run .*encoder.onnx; export the student"),
        (lambda folder: os.truncate(folder / "relate.onnx", 0), "can not run .*relate.onnx; export the student again"),
        (lambda folder: (folder / "config.json").write_text("{}"), "holds no student"),
    ],
    ids=["a graph less", "no tokenizer", "a cut graph", "an empty graph", "another model"],
)
def test_a_damaged_folder_is_told(exported, tmp_path, damage, sentence):
    folder = shutil.copytree(exported, tmp_path / "damaged")
    damage(folder)
    with pytest.raises(DistilleryError, match=sentence):
        load_onnx_student(folder)


def test_graphs_of_another_student_are_told(exported, tmp_path):
    folder = shutil.copytree(exported, tmp_path / "mixed")
    shutil.copyfile(folder / "relate.onnx", folder / "encoder.onnx")
    with pytest.raises(DistilleryError, match=r"can not run .*encoder.onnx; export the student again"):
        find(*load_onnx_student(folder), ["a"])


@pytest.mark.parametrize("damage", [None, b"", b"\x08\0\0\0\0\0\0\0{"], ids=["none", "empty", "cut"])
def test_a_student_without_weights_is_told(student_folder, tmp_path, damage):
    folder = shutil.copytree(student_folder, tmp_path / "student")
    weights = folder / "model.safetensors"
    weights.unlink() if damage is None else weights.write_bytes(damage)
    with pytest.raises(DistilleryError, match="holds no whole student"):
        export_onnx(folder, tmp_path / "into")


def test_what_is_exported_is_no_student_to_export(exported, tmp_path):
    with pytest.raises(DistilleryError, match="is exported already; name the student that it was made of"):
        export_onnx(exported, tmp_path / "into")


def test_a_missing_extra_is_told(student_folder, exported, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(DistilleryError, match=r"needs onnxscript: install .*'mesh-distillery\[onnx\]'"):
        export_onnx(student_folder, tmp_path / "into")
    load_onnx_student(exported)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(DistilleryError, match="needs onnxruntime: install the extra first"):
        load_onnx_student(exported)


def test_nothing_is_reported_to_anyone(exported):
    load_onnx_student(exported)
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"


def test_a_digest_is_of_all_that_counts(exported, tmp_path):
    folder = shutil.copytree(exported, tmp_path / "other")
    assert onnx_digest(folder) == onnx_digest(exported)
    (folder / "README.md").write_text("another card")
    assert onnx_digest(folder) == onnx_digest(exported)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "window": 30}))
    assert onnx_digest(folder) != onnx_digest(exported)
