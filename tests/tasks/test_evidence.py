from tasks.evidence import Passage, evidence_text, shown_passages

SOURCE, *CONTEXTS = [Passage(11, "T1", "A1 is\nwhole"), Passage(33, "T3", "A3"), Passage(22, "T2", "A2\nb c d")]


def test_the_source_is_shown_whole_and_the_first_words_of_each_context_under_their_pmids():
    assert evidence_text([SOURCE, *CONTEXTS], 3) == "[11] T1\nA1 is\nwhole\n\n[33] T3 A3\n\n[22] T2 A2 b"


def test_contexts_of_no_words_are_not_shown():
    assert shown_passages([SOURCE, *CONTEXTS], 0) == ["[11] T1\nA1 is\nwhole"]
