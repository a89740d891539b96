from tasks.report.show_page import ALONE, cut, facts_in_words, render_items, won_in_words
from tasks.review.items import Beaten, Item

ITEM = Item(
    "q1", [20, 30], "factoid", "How long? <script>alert(1)</script>", None, "two <b>days</b>", "Two\u202e days.",
    "word " * 300, [20], {"probability": 0.8125, "evidence_sentence": "It was."},
    [Beaten("Zinc & iron?", -0.5, 1.5, 2.0)],
)  # fmt: skip
PAIR = Item("q2", [10], "yes/no", "Is it?", None, None, None, "", None, {}, [])


def test_what_models_say_is_shown_not_obeyed():
    page = render_items([ITEM, PAIR], "Dataset <d>", "2 of 2")
    assert "<script" not in page  # no drawing either, so that the page is small
    assert "How long? &lt;script&gt;" in page
    assert "two &lt;b&gt;days" in page
    assert "Zinc &amp; iron?" in page
    assert "\u202e" not in page
    assert "<title>Dataset &lt;d&gt;</title>" in page
    assert page.count("<details>") == 1  # the pair shows no evidence
    assert page.count(ALONE) == 1


def test_the_page_follows_the_theme_of_its_reader():
    assert "prefers-color-scheme: dark" in render_items([], "d", "none")


def test_words_for_what_is_known():
    assert won_in_words(ITEM.beaten[0]) == "won by 2.00 (1.50 against -0.50) over"
    assert won_in_words(Beaten("Is it?", None, None, None)) == "won by ? (? against ?) over"
    assert facts_in_words(ITEM) == [
        ("probability of the decision", "0.812"),
        ("evidence sentence", "It was."),
        ("evidence", "PMID 20, 30"),
        ("cited", "20"),
    ]
    assert facts_in_words(PAIR) == []
    assert len(cut(ITEM.evidence)) == 400
