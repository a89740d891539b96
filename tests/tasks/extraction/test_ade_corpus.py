from pathlib import Path

import polars as pl
import pytest

from tasks.extraction.ade_corpus import AdeCorpusError, read_ade_corpus
from tasks.extraction.examples import ADE_SCHEMA, Relation, Span, check_examples, drug_spans, relation_pairs

SHARED = Path(__file__).parents[4] / "shared" / "data" / "ade"
RASH = "7|Aspirin caused rash.|rash|115|119|Aspirin|100|107"


def read(folder: Path, *positives: str, negatives: str = "9 NEG Nothing happened.\n"):
    (folder / "DRUG-AE.rel").write_text("\n".join(positives) + "\n")
    (folder / "ADE-NEG.txt").write_text(negatives)
    return read_ade_corpus(folder)


def relations(row: dict) -> list[tuple[str, str]]:
    text = row["text"]
    return [(text[slice(*drug)], text[slice(*event)]) for drug, event in relation_pairs(row["relations"])]


def test_offsets_in_the_document_become_offsets_in_the_sentence(tmp_path):
    gold = read(tmp_path, RASH)
    check_examples(gold.examples, ADE_SCHEMA)
    positive, negative = gold.examples.iter_rows(named=True)
    assert relation_pairs(positive["relations"]) == [Relation(Span(0, 7), Span(15, 19))]
    assert (positive["pmid"], drug_spans(positive["drugs"])) == (7, [Span(0, 7)])
    assert (negative["pmid"], negative["text"], negative["drugs"], negative["relations"]) == (
        9, "Nothing happened.", [], []
    )  # fmt: skip
    assert (len(gold.refused), len(gold.conflicts), gold.merged) == (0, 0, 0)


def test_relations_of_one_sentence_become_one_example(tmp_path):
    text = "Aspirin and codeine caused rash."
    gold = read(
        tmp_path,
        f"7|{text}|rash|127|131|Aspirin|100|107",
        f"8|{text[:-1]}!|rash|27|31|codeine|12|19",
        f"7|{text}|rash|127|131|codeine|112|119",
    )
    assert [relations(row) for row in gold.examples.iter_rows(named=True)] == [
        [("Aspirin", "rash"), ("codeine", "rash")], [("codeine", "rash")], []
    ]  # fmt: skip


def test_the_distance_of_the_offsets_tells_which_of_several_mentions_is_meant(tmp_path):
    text = "Rash after aspirin: aspirin and rash, then rash."
    gold = read(tmp_path, f"7|{text}|rash|132|136|aspirin|111|118")
    assert relation_pairs(gold.examples["relations"][0]) == [Relation(Span(11, 18), Span(32, 36))]


def test_another_relation_of_the_sentence_tells_where_it_begins(tmp_path):
    text = "INH rash was seen, and INH rash, and INH fever."
    gold = read(
        tmp_path,
        f"7|{text}|rash|127|131|INH|123|126",
        f"7|{text}|fever|141|146|INH|137|140",
    )
    assert relation_pairs(gold.examples["relations"][0]) == [
        Relation(Span(23, 26), Span(27, 31)),
        Relation(Span(37, 40), Span(41, 46)),
    ]
    alone = read(tmp_path, f"7|{text}|rash|127|131|INH|123|126")
    assert alone.refused.select("key", "reason").rows() == [
        ("DRUG-AE.rel line 1", "2 places of the sentence fit the offsets")
    ]


def test_a_document_may_hold_the_sentence_twice(tmp_path):
    gold = read(tmp_path, RASH, "7|Aspirin caused rash.|rash|815|819|Aspirin|800|807")
    assert [relations(row) for row in gold.examples.iter_rows(named=True)] == [[("Aspirin", "rash")], []]


def test_white_space_around_a_mention_is_no_part_of_it(tmp_path):
    gold = read(tmp_path, "7|Aspirin caused rash.| rash|114|119|Aspirin |100|108")
    assert relation_pairs(gold.examples["relations"][0]) == [Relation(Span(0, 7), Span(15, 19))]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("7|Aspirin caused rash.|fever|115|120|Aspirin|100|107", "'fever' does not stand in the sentence"),
        ("7|Aspirin caused rash.|rash|115|119|aspirin|100|107", "'aspirin' does not stand in the sentence"),
        ("7|Aspirin caused rash.|rash|115|120|Aspirin|100|107", "'rash' has 4 characters, not those from 115 to 120"),
        (
            "7|Aspirin caused rash.|rash|116|120|Aspirin|100|107",
            "'Aspirin' and 'rash' are nowhere 16 characters apart in the sentence",
        ),
    ],
)
def test_a_relation_that_can_not_be_placed_is_refused_with_its_sentence(tmp_path, line, reason):
    gold = read(tmp_path, RASH, line, negatives="9 NEG Aspirin caused rash.\n9 NEG Nothing.\n")
    assert gold.refused.select("key", "reason").rows() == [
        ("DRUG-AE.rel line 1", "the sentence's relation of DRUG-AE.rel line 2 was refused"),
        ("DRUG-AE.rel line 2", reason),
        ("ADE-NEG.txt line 1", "the sentence has relations in DRUG-AE.rel, which were refused"),
    ]
    assert gold.examples["text"].to_list() == ["Nothing."]


def test_a_sentence_in_both_files_is_a_conflict_and_no_example(tmp_path):
    gold = read(tmp_path, RASH, negatives="9 NEG Nothing.\n9 NEG Aspirin caused rash.\n")
    assert gold.conflicts.select("text", "keys").rows() == [
        ("Aspirin caused rash.", ["DRUG-AE.rel line 1", "ADE-NEG.txt line 2"])
    ]
    assert '"event_start": 15' in gold.conflicts["labels"][0][0]
    assert gold.conflicts["labels"][0][1] == '{"drugs": [], "relations": []}'
    assert gold.examples["text"].to_list() == ["Nothing."]


def test_a_sentence_of_two_articles_with_other_relations_is_a_conflict(tmp_path):
    gold = read(tmp_path, "7|A or B: rash|rash|18|22|A|10|11", "8|A or B: rash|rash|18|22|B|15|16")
    assert gold.conflicts["keys"].to_list() == [["DRUG-AE.rel line 1", "DRUG-AE.rel line 2"]]


def test_a_sentence_that_stands_there_twice_is_one_example_of_the_lowest_pmid(tmp_path):
    gold = read(tmp_path, RASH, RASH.replace("7|A", "5|A"), negatives="9 NEG No.\n9 NEG No.\n8 NEG No.\n")
    assert gold.examples.select("pmid", "group").rows() == [(5, "pmid 5"), (8, "pmid 8")]
    assert gold.merged == 3


@pytest.mark.parametrize(
    ("positives", "negatives", "message"),
    [
        ("7|a|b|1|2|c|3", "9 NEG No.", "DRUG-AE.rel line 1: expected 8 fields with | between them (PMID, sentence, "),
        (f"{RASH}\n{RASH}|1", "9 NEG No.", "DRUG-AE.rel line 2: expected 8 fields"),
        (f"{RASH}\n\n{RASH}", "9 NEG No.", "DRUG-AE.rel line 2: expected 8 fields"),
        (RASH.replace("119", "x"), "9 NEG No.", "DRUG-AE.rel line 1: expected 8 fields"),
        (RASH, "9 NEG No.\nNEG No.", "ADE-NEG.txt line 2: expected PMID, NEG and a sentence with spaces between them"),
        ("", "9 NEG No.", "DRUG-AE.rel is empty; expected at least one line"),
        ("é".encode("latin-1"), "9 NEG No.", "DRUG-AE.rel line 1: expected UTF-8 text, found byte 0xe9"),
        (RASH, None, "ADE-NEG.txt can not be read (No such file or directory); expected a text file"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(tmp_path, positives, negatives, message):
    for name, content in (("DRUG-AE.rel", positives), ("ADE-NEG.txt", negatives)):
        if content is not None:
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(AdeCorpusError) as error:
        read_ade_corpus(tmp_path)
    assert str(error.value).startswith(f"{tmp_path}/{message}")


@pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside this checkout")
def test_all_of_the_real_corpus_is_placed():
    gold = read_ade_corpus(SHARED)
    check_examples(gold.examples, ADE_SCHEMA)
    # 5,183 and 12,388 lines; 3,240 sentences with relations. "MR findings in methotrexate-induced CNS abnormalities."
    # is the title of two articles, and 40 lines without relations say what another says ("A case report.").
    assert (len(gold.examples), len(gold.refused), len(gold.conflicts), gold.merged) == (15_587, 0, 0, 41)
    positives = gold.examples.filter(pl.col("relations").list.len() > 0)
    assert (len(positives), positives["relations"].list.len().sum()) == (3_239, 5_182)
    assert (positives.filter(pl.col("drugs").list.len() > 1).height, gold.examples["pmid"].n_unique()) == (453, 2_214)


@pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside this checkout")
def test_the_text_at_every_real_span_is_the_mention():
    found = {
        (row["text"], *pair)
        for row in read_ade_corpus(SHARED).examples.iter_rows(named=True)
        for pair in relations(row)
    }
    lines = (line.split("|") for line in (SHARED / "DRUG-AE.rel").read_text().splitlines())
    assert found == {(line[1], line[5].strip(), line[2].strip()) for line in lines}
