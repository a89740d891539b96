from dataclasses import replace

import polars as pl
import pytest

from mesh.hierarchy import load_hierarchy
from tasks.extraction.annotate import AnnotatedArticles, Annotator, annotate, flat, wanted_annotations
from tasks.extraction.built_in import ADE, GDA, PHI
from tasks.extraction.examples import LabelledSpan, Relation, Span
from tasks.extraction.mentions import Mention
from tasks.extraction.student.found import Found

ARTICLES = pl.DataFrame(
    {
        "pmid": [7, 3, 9, 8],
        "title": ["Aspirin asthma", None, None, "Alone"],
        "abstract": ["Nothing here. Aspirin caused severe asthma.", "Asthma without a drug.", None, ""],
        "headings": [[{"ui": "D001249"}], [{"ui": "D001241"}, {"ui": "D001249"}], [], []],
    },
    schema_overrides={"headings": pl.List(pl.Struct({"ui": pl.String}))},
)
ALL = AnnotatedArticles()
ASPIRIN, ASTHMA = Span(0, 7), Span(22, 28)


@pytest.fixture
def annotator():
    """An annotator whose student finds what it is told to."""
    told = {}

    def find(texts):
        return [told.get(text, Found({}, {}, None, None)) for text in texts]

    def make(task, **found):
        told.update(found)
        return Annotator(task, find, "digest", load_hierarchy())

    return make


def found(annotator):
    return annotate(wanted_annotations(ARTICLES, annotator, ALL), annotator).rows


def test_a_drug_and_its_event_with_their_uis(annotator):
    drug = LabelledSpan(*ASPIRIN, "drug")
    said = Found({drug: 0.9}, {Relation(ASPIRIN, ASTHMA): 0.8}, None, None)
    rows = found(annotator(ADE, **{"Aspirin caused severe asthma.": said}))
    assert rows.select("pmid", pl.col("found").list.len()).sort("pmid").rows() == [(3, 0), (7, 1), (8, 0)]
    assert flat(rows, ADE).to_dicts() == [
        {
            "pmid": 7, "sentence": "Aspirin caused severe asthma.", "probability": 0.8,
            "drug": "Aspirin", "drug_start": 0, "drug_end": 7, "drug_ui": "D001241",
            "event": "asthma", "event_start": 22, "event_end": 28, "event_ui": "D001249",
        }
    ]  # fmt: skip


def test_words_that_no_descriptor_goes_by_have_no_ui(annotator):
    said = Found({}, {Relation(ASPIRIN, Span(15, 28)): 0.8}, None, None)
    [row] = flat(found(annotator(ADE, **{"Aspirin caused severe asthma.": said})), ADE).to_dicts()
    assert (row["event"], row["event_ui"]) == ("severe asthma", None)


def test_spans_and_labels_of_other_tasks(annotator):
    span = Found({LabelledSpan(*ASPIRIN, "PERSON"): 0.7}, {}, None, None)
    [row] = flat(found(annotator(PHI, **{"Aspirin caused severe asthma.": span})), PHI).to_dicts()
    assert (row["label"], row["text"], row["probability"]) == ("PERSON", "Aspirin", 0.7)
    labels = {"Nothing here.": Found({}, {}, 0, 0.6), "Aspirin caused severe asthma.": Found({}, {}, 1, 0.9)}
    [row] = flat(found(annotator(GDA, **labels)), GDA).to_dicts()
    assert (row["label"], row["probability"]) == ("associated", 0.9)


def test_another_abstract_is_another_row_and_so_is_another_student(annotator):
    one = annotator(ADE)
    keys = wanted_annotations(ARTICLES, one, ALL)["row_key"]
    changed = ARTICLES.with_columns(pl.col("abstract").str.replace("Asthma", "Ashma"))
    assert wanted_annotations(changed, one, ALL)["row_key"].is_in(keys.to_list()).to_list().count(True) == 2
    other = Annotator(ADE, one.find, "another", one.hierarchy)
    assert other.recipe.digest != one.recipe.digest


def test_titles_are_read_too(annotator):
    said = Found({}, {Relation(ASPIRIN, Span(8, 14)): 0.8}, None, None)
    [row] = flat(found(annotator(ADE, **{"Aspirin asthma": said})), ADE).to_dicts()
    assert (row["pmid"], row["sentence"], row["event"]) == (7, "Aspirin asthma", "asthma")


@pytest.mark.parametrize(
    ("which", "pmids"),
    [
        (AnnotatedArticles(), [3, 7, 8]),
        (AnnotatedArticles(newest=2), [7, 8]),
        (AnnotatedArticles(uis=frozenset({"D001241", "D000001"})), [3]),
        (AnnotatedArticles(uis=frozenset({"D001249"}), newest=1), [7]),
    ],
)
def test_a_branch_or_the_newest_alone(annotator, which, pmids):
    assert wanted_annotations(ARTICLES, annotator(ADE), which)["pmid"].sort().to_list() == pmids
    assert which.cache_identity != AnnotatedArticles(newest=3).cache_identity


def test_masked_sentences_alone_are_read_where_the_task_masks(annotator):
    asked = "@DISEASE$ without a drug."
    plain = annotator(GDA, **{asked: Found({}, {}, 1, 0.9)})
    diseases = (Mention((), "@DISEASE$"), pl.DataFrame({"name": ["asthma"], "ui": ["D001249"]}))
    read = []
    masking = replace(plain, masked=(diseases,), find=lambda texts: read.extend(texts) or plain.find(texts))
    rows = flat(annotate(wanted_annotations(ARTICLES, masking, ALL), masking).rows, GDA).to_dicts()
    assert [(row["pmid"], row["sentence"]) for row in rows] == [(3, asked)]
    assert sorted(read) == ["@DISEASE$ without a drug.", "Aspirin @DISEASE$", "Aspirin caused severe @DISEASE$."]
