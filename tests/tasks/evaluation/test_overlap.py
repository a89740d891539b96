from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import DistilleryError
from tasks.evaluation import overlap, word_windows
from tasks.evaluation.leakage import LeakageError
from tasks.evaluation.overlap import check_leakage, pmid_overlap, text_overlap
from tasks.evaluation.pubmedqa import evaluation_texts, read_items

SHARED = Path(__file__).parents[4] / "shared" / "data" / "pubmedqa" / "ori_pqal.json"
THIRTEEN = "one two three four five six seven eight nine ten eleven twelve thirteen"


def texts(*rows: str | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"key": [f"t{place}" for place in range(len(rows))], "text": rows}, schema_overrides={"text": pl.String}
    )


def found(records: pl.DataFrame, evaluation: pl.DataFrame) -> list[tuple]:
    return text_overlap(records, evaluation).rows()


def test_thirteen_words_in_a_row_are_an_overlap_and_twelve_are_not():
    evaluation = texts(f"before {THIRTEEN} after")
    assert found(texts(f"x {THIRTEEN} y"), evaluation) == [("t0", "t0", THIRTEEN)]
    assert found(texts(f"x {THIRTEEN.removesuffix(' thirteen')} y"), evaluation) == []


def test_case_punctuation_and_line_breaks_hide_nothing():
    record = THIRTEEN.replace(" five ", ", FIVE (").replace(" nine ", ")\n\nNine: ")
    assert found(texts(record), texts(f"{THIRTEEN} more")) == [("t0", "t0", THIRTEEN)]


def test_the_words_shown_are_the_longest_run():
    words = [f"w{number}" for number in range(60)]
    evaluation = texts(" ".join(words))
    record = " ".join([*words[:14], "gap", *words[20:40], "gap", *words[45:60]])
    assert found(texts("nothing", record), evaluation) == [("t1", "t0", " ".join(words[20:40]))]


def test_a_run_ends_with_its_text():
    halves = THIRTEEN.split(" six ")
    assert found(texts(f"{halves[0]} six", halves[1]), texts(f"{THIRTEEN} more")) == []
    assert found(texts(f"{THIRTEEN} more"), texts(f"x {halves[0]} six", f"{halves[1]} x y z a b c d e f")) == []


def test_short_evaluation_texts_are_found_whole():
    evaluation = texts("Do most bees sleep at night?", "Do some bees sleep?")
    records = texts("Do most bees sleep at noon?", "Q: do most bees sleep at night? A: yes", "Do some bees sleep?")
    assert found(records, evaluation) == [("t1", "t0", "do most bees sleep at night")]


def test_every_pair_is_found():
    evaluation = texts(f"{THIRTEEN} a", f"b {THIRTEEN}")
    assert [row[:2] for row in found(texts(THIRTEEN, "x", f"{THIRTEEN}. {THIRTEEN}"), evaluation)] == [
        ("t0", "t0"), ("t0", "t1"), ("t2", "t0"), ("t2", "t1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("records", "evaluation"),
    [
        (texts(), texts(THIRTEEN)),
        (texts(THIRTEEN), texts()),
        (texts(None, ""), texts(THIRTEEN)),
        (texts("a"), texts("a")),
    ],
)
def test_there_may_be_nothing_to_compare(records, evaluation):
    overlaps = text_overlap(records, evaluation)
    assert overlaps.is_empty()
    assert overlaps.schema == pl.Schema(overlap.OVERLAP_SCHEMA)


def test_batches_make_no_difference(monkeypatch):
    records = texts(*(f"{THIRTEEN} {number}" if number % 3 else "other" for number in range(10)))
    whole = text_overlap(records, texts(THIRTEEN))
    monkeypatch.setattr(overlap, "BATCH_TEXTS", 3)
    assert text_overlap(records, texts(THIRTEEN)).equals(whole)
    assert len(whole) == 6


def test_equal_hashes_of_different_words_are_no_overlap(monkeypatch):
    monkeypatch.setattr(word_windows, "_word_hashes", lambda words: np.full(len(words), 7, dtype=np.uint64))
    others = " ".join(f"other{number}" for number in range(20))
    assert found(texts(others, f"x {THIRTEEN}"), texts(others.replace("r1", "s1"), THIRTEEN)) == [
        ("t1", "t1", THIRTEEN)
    ]


@given(st.lists(st.text("ab ", max_size=40), min_size=1, max_size=4), st.lists(st.text("ab ", max_size=40), max_size=4))
def test_as_comparing_every_window(records, evaluation):
    def runs(words: list[str], size: int) -> set[tuple]:
        return {tuple(words[place : place + size]) for place in range(len(words) - size + 1)}

    expected = {
        (f"t{r}", f"t{e}")
        for r, record in enumerate(records)
        for e, text in enumerate(evaluation)
        if (size := min(len(text.split()), 13)) >= 5 and runs(record.split(), size) & runs(text.split(), size)
    }
    rows = found(texts(*records), texts(*evaluation))
    assert {row[:2] for row in rows} == expected
    assert len(rows) == len(expected)
    for record, text, words in rows:
        assert words in " ".join(records[int(record[1:])].split())
        assert words in " ".join(evaluation[int(text[1:])].split())


def test_records_of_evaluation_articles():
    records = pl.DataFrame(
        {"key": ["a", "b", "c"], "pmids": [[1, 2, 1], [], [3, 1]]}, schema_overrides={"pmids": pl.List(pl.Int64)}
    )
    assert pmid_overlap(records, {1, 3, 99}).rows() == [("a", 1), ("c", 3), ("c", 1)]
    assert pmid_overlap(records, frozenset()).is_empty()


def test_leakage_is_an_error_that_says_where_and_what_to_do():
    records = texts("clean", f"{THIRTEEN} and more", "clean too", THIRTEEN)
    records = records.with_columns(pmids=pl.Series([[1], [2], [3, 4], [2]]))
    evaluation = texts(f"{THIRTEEN} and more").with_columns(key=pl.lit("PubMedQA 9 contexts"))
    with pytest.raises(LeakageError) as error:
        check_leakage(records, evaluation, {4, 2}, "or pass --allow-leakage")
    assert str(error.value) == (
        "3 of 4 training records hold what models are judged on: t1 (PMID 2); t2 (PMID 4); t3 (PMID 2). "
        "Take them out of the training data, or pass --allow-leakage"
    )
    with pytest.raises(DistilleryError) as error:
        check_leakage(records, evaluation, set(), "or pass --allow-leakage")
    assert str(error.value) == (
        f'2 of 4 training records hold what models are judged on: t1 ("{THIRTEEN} …" of PubMedQA 9 contexts); '
        f't3 ("{THIRTEEN}" of PubMedQA 9 contexts). Take them out of the training data, or pass --allow-leakage'
    )


def test_only_the_first_of_many_records_are_named():
    records = texts(*[THIRTEEN] * 8).with_columns(pmids=pl.Series([[1]] * 8))
    with pytest.raises(LeakageError, match=r"8 of 8 .*; t4 \([^)]*\); …\. Take"):
        check_leakage(records, texts(), {1}, "or else")


def test_clean_records_pass():
    records = texts("clean", "clean too").with_columns(pmids=pl.Series([[1], [2]]))
    check_leakage(records, texts(THIRTEEN), {3}, "or else")


@pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside this checkout")
def test_real_items_are_found_in_their_own_articles_alone():
    items = read_items(SHARED)
    article = pl.concat_str("question", pl.col("contexts").list.join(" "), "long_answer", separator=" ")
    overlaps = text_overlap(items.select(key="pmid", text=article), evaluation_texts(items))
    assert len(overlaps) == 3 * 500
    assert (overlaps["record"] == overlaps["evaluation"].str.split(" ").list.get(1)).all()
