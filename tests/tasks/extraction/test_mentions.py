import polars as pl

from tasks.extraction.mentions import Mention, mentioning

PROTEINS = pl.DataFrame({"name": ["insulin", "insulin receptor"], "ui": ["P1", "P2"]})
DISEASES = pl.DataFrame({"name": ["insulin resistance", "asthma"], "ui": ["X1", "X2"]})


def masked(*texts: str) -> list:
    dictionaries = [(Mention((), "@GENE$"), PROTEINS), (Mention((), "@DISEASE$"), DISEASES)]
    return mentioning(pl.Series(texts), dictionaries).rows()


def test_the_first_of_each_kind_is_masked():
    assert masked("Asthma, asthma and the insulin receptor or insulin.", "Nothing.", "Asthma.") == [
        (0, "@DISEASE$, asthma and the @GENE$ or insulin.", ["P1", "P2"])
    ]


def test_words_that_are_masked_already_are_no_mention_of_another_kind():
    assert masked("Insulin resistance.", "Insulin resistance and asthma.") == [
        (1, "@GENE$ resistance and @DISEASE$.", ["P1"])
    ]


def test_without_a_mask_the_words_stay():
    found = mentioning(pl.Series(["Asthma."]), [(Mention(()), DISEASES)])
    assert found.rows() == [(0, "Asthma.", ["X2"])]


def test_without_dictionaries_every_text_is_one():
    assert mentioning(pl.Series(["a", "b"]), []).rows() == [(0, "a", []), (1, "b", [])]
