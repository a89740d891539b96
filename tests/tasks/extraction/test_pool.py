import polars as pl

from tasks.extraction.examples import sentence_row
from tasks.extraction.mentions import Mention
from tasks.extraction.pool import Pool, pool_sentences, sentences_of

NAMES = [(Mention(("D",)), pl.DataFrame({"name": ["aspirin", "lithium"], "ui": ["D001241", "D008094"]}))]


def articles(*abstracts, first=1, title="A title."):
    rows = [(pmid, title, abstract) for pmid, abstract in enumerate(abstracts, start=first)]
    return pl.DataFrame(rows, schema={"pmid": pl.Int64, "title": pl.String, "abstract": pl.String}, orient="row")


def test_abbreviations_end_no_sentence():
    text = (
        "A man took i.v. aspirin (0.5 g b.i.d.) for E. coli sepsis. Levels were 3.2 vs. 4.1 mg/l, i.e. high.\nNo rash."
    )
    assert sentences_of(text) == [
        "A man took i.v. aspirin (0.5 g b.i.d.) for E. coli sepsis.",
        "Levels were 3.2 vs. 4.1 mg/l, i.e. high.",
        "No rash.",
    ]


def test_only_sentences_with_a_drug_and_of_a_fitting_length():
    text = (
        "Aspirin. The patient took aspirin and lithium every day. He was well again for many years. Lithium"
        + " x" * 300
        + "."
    )
    pooled = pool_sentences(articles(text, None), NAMES, "ade", Pool())
    assert pooled.sentences.select("pmid", "group", "text", "uis").rows() == [
        (1, "pmid 1", "The patient took aspirin and lithium every day.", ["D001241", "D008094"])
    ]
    assert (pooled.articles, pooled.cut, pooled.mentioning) == (2, 2, 1)


def test_no_article_of_an_evaluation_set():
    taken = articles("The patient had a rash after aspirin.", "The patient had a rash after lithium.")
    pooled = pool_sentences(taken, NAMES, "ade", Pool(), evaluated={1})
    assert pooled.sentences["pmid"].to_list() == [2]
    assert (pooled.articles, pooled.left_out) == (2, 1)


def test_no_article_that_holds_an_evaluated_sentence():
    other = "The patient had a rash after lithium."
    taken = articles("We saw a man. The patient (a man) had a rash after aspirin 5mg.", other, None)
    texts = ["THE PATIENT , a man , had a rash after aspirin 5 mg .", "...", "The patient had a rash"]
    pooled = pool_sentences(taken, NAMES, "ade", Pool(), evaluated_texts=texts)
    assert pooled.sentences["text"].to_list() == [other]
    assert (pooled.articles, pooled.left_out, pooled.cut) == (3, 1, 1)
    both = pool_sentences(taken, NAMES, "ade", Pool(), evaluated={1, 2}, evaluated_texts=texts)
    assert (both.sentences.height, both.left_out) == (0, 2)


def test_a_title_is_a_sentence_of_its_article():
    titled = articles(
        "The patient had a rash after aspirin.", None, title="[A man with a rash and fever after aspirin.]"
    )
    pooled = pool_sentences(titled, NAMES, "ade", Pool(), evaluated_texts=["A man with a rash and fever after aspirin"])
    assert (pooled.sentences.height, pooled.articles, pooled.left_out) == (0, 2, 2)


def test_what_many_articles_say_tells_none_apart():
    taken = articles("Design: case report. The patient had a rash after aspirin, which then went.")
    pooled = [
        pool_sentences(taken, NAMES, "ade", Pool(), evaluated_texts=[text])
        for text in ("Design: case report.", "The patient had a rash after aspirin, which then went.")
    ]
    assert [each.left_out for each in pooled] == [0, 1]


def test_a_drug_is_capped_and_a_sentence_counts_for_its_rarest():
    many = [f"The patient number {number} had a rash after aspirin." for number in range(30)]
    both = "The last patient had aspirin together with lithium."
    pooled = pool_sentences(articles(*many, both), NAMES, "ade", Pool(most_of_a_drug=5))
    found = pooled.sentences["uis"].to_list()
    assert ["D001241", "D008094"] in found
    assert found.count(["D001241"]) in (4, 5)  # five with aspirin before or after the one with both
    assert pool_sentences(articles(*many, both), NAMES, "ade", Pool(sentences=3)).sentences.height == 3


def test_the_order_of_articles_does_not_matter_and_a_sentence_is_taken_once():
    one = articles("The patient had a rash after aspirin.", "The patient had no rash after lithium.")
    twice = pl.concat([one, articles("The patient had a rash after aspirin.", first=9)])
    pooled = [pool_sentences(taken, NAMES, "ade", Pool()).sentences for taken in (one, twice, twice.reverse())]
    assert pooled[0].equals(pooled[1])
    assert pooled[0].equals(pooled[2])


def test_what_is_masked_is_asked_about_as_it_is_read():
    genes = (Mention(("D",), "@GENE$"), pl.DataFrame({"name": ["apolipoprotein"], "ui": ["D001053"]}))
    diseases = (Mention(("C",), "@DISEASE$"), pl.DataFrame({"name": ["asthma", "fever"], "ui": ["D001249", "D005334"]}))
    text = "In fever and asthma we measured Apolipoprotein. Apolipoprotein alone was measured in others."
    pooled = pool_sentences(articles(text), [genes, diseases], "gda", Pool())
    [row] = pooled.sentences.to_dicts()
    assert (row["text"], row["uis"]) == ("In @DISEASE$ and asthma we measured @GENE$.", ["D001053"])
    assert row["example_id"] == sentence_row("gda", row["text"], 1)["example_id"]


def test_where_nothing_must_be_mentioned_every_sentence_may_be_taken():
    pooled = pool_sentences(articles("The patient was well. He went home after three days of rest."), [], "phi", Pool())
    assert pooled.sentences.select("text", "uis").rows() == [("He went home after three days of rest.", [])]
