import polars as pl

from tasks.tuning.checked import DUPLICATE, counted
from tasks.tuning.passages import NO_TEXT, from_texts, passage_rows
from tasks.tuning.supervised import NO_COMPLETION, from_conversations, supervised_rows
from tests.tasks.tuning.words import WordTokens, assistant, user


def examples(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"row_key": f"k{place}", "pmid": 40_000_000 + place, "prompt": user(prompt), "completion": assistant(text)}
            for place, (prompt, text) in enumerate(rows)
        ]
    )


def test_rows_are_counted_in_tokens_and_refused_by_reason():
    # "one two" -> turn, 2 words, end, turn = 5; "a b c" -> 3 words, end = 4.
    rows = examples(("one two", "a b c"), ("one two three", "a b c"), ("one", " "), ("one two", "a b c"))
    outcome = supervised_rows(rows, WordTokens(), 9)
    assert outcome.rows.select("row_key", "prompt_tokens", "completion_tokens").rows() == [("k0", 5, 4)]
    assert counted(outcome.refused) == {NO_COMPLETION: 1, DUPLICATE: 1, "longer than 9 tokens": 1}


def test_the_last_turn_of_a_conversation_is_its_completion():
    records = pl.DataFrame(
        {"row_key": ["k"], "pmids": [[5, 6]], "messages": [[*user("Context and question"), *assistant("Yes.")]]}
    )
    examples = from_conversations(records)
    assert examples.row(0, named=True) == {
        "row_key": "k",
        "pmid": 5,
        "prompt": user("Context and question"),
        "completion": assistant("Yes."),
    }


def test_passages_are_refused_without_a_text_or_twice():
    records = pl.DataFrame(
        {"row_key": ["a", "b", "c"], "pmids": [[5], [6], [7]], "text": ["one two three", " ", "one two three"]}
    )
    outcome = passage_rows(from_texts(records), WordTokens())
    assert outcome.rows.select("row_key", "pmid", "tokens").rows() == [("a", 5, 3)]
    assert counted(outcome.refused) == {NO_TEXT: 1, DUPLICATE: 1}
