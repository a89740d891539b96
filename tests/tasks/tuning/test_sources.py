import polars as pl
import pytest

from tasks.kinds import Kind
from tasks.serving.conversation import Prompt
from tasks.tuning.sources import TrainingSourceError, from_document_questions, read_dataset, with_abstracts

PAIRS = pl.DataFrame(
    {
        "question_id": ["q1", "q1"],
        "pmid": [1, 2],
        "document": ["A snippet.", "Another snippet."],
        "question": ["Does it help?", "Does it help?"],
    }
)


def test_abstracts_replace_snippets_where_they_are_at_hand():
    articles = pl.DataFrame(
        {"pmid": [2, 2, 1], "title": ["Two", "Two again", "One"], "abstract": ["Whole.", "Older.", ""]}
    )
    rows = with_abstracts(PAIRS, articles)
    assert rows.select("pmid", "title", "document").rows() == [(1, "", "A snippet."), (2, "Two", "Whole.")]


def test_examples_end_with_the_experts_question():
    prompts = {kind: Prompt(template=f"{kind}|{{title}}|{{abstract}}") for kind in Kind}
    told = PAIRS.with_columns(title=pl.lit("T"), kind=pl.Series(["list", "yes/no"]))
    rows = from_document_questions(told, prompts)
    assert rows["row_key"].to_list() == ["q1 PMID 1", "q1 PMID 2"]
    assert rows["prompt"][1].to_list() == [{"role": "user", "content": "yes/no|T|Another snippet."}]
    assert rows["completion"][0].to_list() == [{"role": "assistant", "content": "Does it help?"}]


def test_records_of_a_dataset_get_keys_by_their_content(tmp_path):
    records = pl.DataFrame({"text": ["One.", "Two."], "pmids": [[1], [2]]})
    records.write_parquet(tmp_path / "cpt.parquet")
    keys = read_dataset(tmp_path, "cpt")["row_key"]
    assert keys.is_unique().all()
    records[::-1].write_parquet(tmp_path / "cpt.parquet")
    assert read_dataset(tmp_path, "cpt")["row_key"].to_list() == keys.to_list()[::-1]


SAID = [{"role": "user", "content": "Does it?"}]


@pytest.mark.parametrize(
    ("kind", "record", "problem"),
    [
        (
            "sft",
            {"question": "Does it?", "pmids": [1]},
            r"sft\.parquet .*: expected a column messages of",
        ),
        ("sft", {"messages": "Does it?", "pmids": [1]}, "expected a column messages of List.*, found String"),
        ("sft", {"messages": [{"from": "human", "value": "Does it?"}], "pmids": [1]}, "messages"),
        ("sft", {"messages": SAID}, "expected a column pmids of List.*, found none"),
        ("sft", {"messages": [], "pmids": [1]}, "messages"),
        ("cpt", {"text": 7, "pmids": [1]}, "expected a column text of String, found Int64"),
        ("cpt", {"text": None, "pmids": [1]}, "text"),
        ("cpt", {"text": "One.", "pmids": ["a"]}, "expected a column pmids"),
        ("cpt", {"text": "One.", "pmids": []}, "pmids is empty in 1 of 1 records"),
        (
            "evaluator",
            {"prompt": SAID, "completion": [{"role": "assistant", "content": None}], "pmids": [1]},
            "completion",
        ),
        ("preferences", {"prompt": SAID, "chosen": SAID, "rejected": SAID, "margin": "wide", "pmids": [1]}, "margin"),
    ],
)
def test_foreign_columns_are_told(tmp_path, kind, record, problem):
    pl.DataFrame([record]).write_parquet(tmp_path / f"{kind}.parquet")
    with pytest.raises(TrainingSourceError, match=problem):
        read_dataset(tmp_path, kind)


def test_columns_in_another_order_and_further_ones_are_taken(tmp_path):
    record = {"pmids": [1], "messages": [{"content": "Does it?", "role": "user"}], "note": "mine"}
    pl.DataFrame([record]).write_parquet(tmp_path / "sft.parquet")
    assert read_dataset(tmp_path, "sft")["messages"][0].to_list() == SAID


def test_a_dataset_that_is_no_parquet_is_told(tmp_path):
    (tmp_path / "cpt.parquet").write_bytes(b"PAR1" + bytes(40) + b"PAR1")
    with pytest.raises(TrainingSourceError, match="is no dataset of this project"):
        read_dataset(tmp_path, "cpt")
    odd = tmp_path / "run[1]"
    odd.mkdir()
    pl.DataFrame([{"text": "One.", "pmids": [1]}]).write_parquet(odd / "cpt.parquet")
    assert len(read_dataset(odd, "cpt")) == 1


def test_what_is_no_dataset_is_told(tmp_path):
    with pytest.raises(TrainingSourceError, match=r"is no dataset of this project: sft\.parquet can not be read"):
        read_dataset(tmp_path, "sft")
    pl.DataFrame({"text": [], "pmids": []}).write_parquet(tmp_path / "cpt.parquet")
    with pytest.raises(TrainingSourceError, match="holds no cpt records"):
        read_dataset(tmp_path, "cpt")
