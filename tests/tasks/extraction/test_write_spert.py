import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tasks.extraction.ade_corpus import read_ade_corpus
from tasks.extraction.examples import ADE_SCHEMA, Relation, Span, ade_example, drug_spans, relation_pairs
from tasks.extraction.spert_folds import read_spert
from tasks.extraction.write_spert import write_spert

SHARED = Path(__file__).parents[4] / "shared" / "data" / "ade"


def ade(*rows: dict) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=ADE_SCHEMA)


def read_back(folder: Path, examples: pl.DataFrame) -> pl.DataFrame:
    path = folder / "ade.json"
    path.write_text(json.dumps(write_spert(examples)))
    return read_spert([path]).examples


def squeezed(row: dict) -> dict:
    """A row with its offsets counted in letters, where no white space is one."""

    def place(offset: int) -> int:
        return len("".join(row["text"][:offset].split()))

    drugs = {tuple(map(place, span)) for span in drug_spans(row["drugs"])}
    relations = {(*map(place, pair.drug), *map(place, pair.event)) for pair in relation_pairs(row["relations"])}
    return {"text": "".join(row["text"].split()), "pmid": row["pmid"], "drugs": drugs, "relations": relations}


def test_spans_are_made_of_whole_tokens():
    aspirin, nonaspirin, hives = Span(3, 10), Span(0, 10), Span(20, 25)
    row = ade_example("Nonaspirin-induced  hives.", [nonaspirin], [Relation(aspirin, hives)])
    assert write_spert(ade(row)) == [
        {
            "tokens": ["Non", "aspirin", "-", "induced", "hives", "."],
            "entities": [
                {"type": "Adverse-Effect", "start": 4, "end": 5},
                {"type": "Drug", "start": 0, "end": 2},
                {"type": "Drug", "start": 1, "end": 2},
            ],
            "relations": [{"type": "Adverse-Effect", "head": 0, "tail": 2}],
            "orig_id": 0,
        }
    ]


def test_orig_id_is_a_pmid_and_a_number_or_a_place(tmp_path):
    rows = [ade_example(text, (), (), pmid=pmid) for text, pmid in (("a", 7), ("b", 8), ("c", None), ("d", 7))]
    assert [item["orig_id"] for item in write_spert(ade(*rows))] == ["7_0", "8_0", 2, "7_1"]
    assert read_back(tmp_path, ade(*rows)).equals(ade(*rows))


def test_a_span_of_white_space_is_told():
    with pytest.raises(ValueError, match="expected spans with words, found one of white space in 'a b'"):
        write_spert(ade(ade_example("a b", [Span(1, 2)], ())))


@given(st.text(alphabet="ab5é\u0301-_.( \t\u2009", min_size=1, max_size=12), st.data())
def test_what_is_written_reads_the_same_up_to_white_space(tmp_path_factory, text, data):
    assume(text.strip())
    pieces = [Span(s, e) for s in range(len(text)) for e in range(s + 1, len(text) + 1) if text[s:e].strip()]
    spans = st.sampled_from(pieces)
    relations = data.draw(st.lists(st.builds(Relation, spans, spans), max_size=3))
    row = ade_example(
        text, data.draw(st.lists(spans, max_size=2)), relations, pmid=data.draw(st.sampled_from([None, 7]))
    )
    [back] = read_back(tmp_path_factory.getbasetemp(), ade(row)).iter_rows(named=True)
    assert squeezed(back) == squeezed(row)


@pytest.mark.skipif(not SHARED.exists(), reason="the real files are not beside this checkout")
def test_the_real_corpus_reads_the_same(tmp_path):
    examples = read_ade_corpus(SHARED).examples
    back = read_back(tmp_path, examples)
    pairs = zip(back.iter_rows(named=True), examples.iter_rows(named=True), strict=True)
    assert all(squeezed(one) == squeezed(other) for one, other in pairs)
