from tasks.extraction.ade_corpus import read_ade_corpus


def test_every_article_of_a_corpus_is_known_whatever_became_of_its_sentences(tmp_path):
    (tmp_path / "DRUG-AE.rel").write_text(
        "1|Rash from aspirin.|Rash|0|4|aspirin|10|17\n"
        "2|Rash from aspirin.|Rash|0|4|aspirin|10|17\n"  # merged into the one before
        "3|Fever from lithium.|Fever|0|5|lithium|60|67\n"  # refused
        "4|Nausea from heparin.|Nausea|0|6|heparin|12|19\n"
    )
    (tmp_path / "ADE-NEG.txt").write_text("5 NEG Nausea from heparin.\n6 NEG Nothing.\n")
    gold = read_ade_corpus(tmp_path)
    assert gold.examples["pmid"].to_list() == [1, 6]
    assert (gold.merged, len(gold.refused), len(gold.conflicts)) == (1, 1, 1)
    assert gold.pmids == {1, 2, 3, 4, 5, 6}
