import polars as pl
import pytest

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
    def prompt(title, text):
        return [{"role": "user", "content": f"{title}|{text}"}]

    rows = from_document_questions(PAIRS.with_columns(title=pl.lit("T")), prompt)
    assert rows["row_key"].to_list() == ["q1 PMID 1", "q1 PMID 2"]
    assert rows["prompt"][1].to_list() == [{"role": "user", "content": "T|Another snippet."}]
    assert rows["completion"][0].to_list() == [{"role": "assistant", "content": "Does it help?"}]


def test_records_of_a_dataset_get_keys_by_their_content(tmp_path):
    records = pl.DataFrame({"text": ["One.", "Two."], "pmids": [[1], [2]]})
    records.write_parquet(tmp_path / "cpt.parquet")
    keys = read_dataset(tmp_path, "cpt")["row_key"]
    assert keys.is_unique().all()
    records[::-1].write_parquet(tmp_path / "cpt.parquet")
    assert read_dataset(tmp_path, "cpt")["row_key"].to_list() == keys.to_list()[::-1]


def test_what_is_no_dataset_is_told(tmp_path):
    with pytest.raises(TrainingSourceError, match=r"is no dataset of this project: sft\.parquet can not be read"):
        read_dataset(tmp_path, "sft")
    pl.DataFrame({"text": []}).write_parquet(tmp_path / "cpt.parquet")
    with pytest.raises(TrainingSourceError, match="holds no cpt records"):
        read_dataset(tmp_path, "cpt")
