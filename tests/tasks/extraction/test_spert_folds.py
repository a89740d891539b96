import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.extraction.examples import ADE_SCHEMA, Relation, Span, check_examples, drug_spans, relation_pairs
from tasks.extraction.gold import Gold
from tasks.extraction.spert_folds import SpertError, read_spert


def entity(kind: str, start: int, end: int) -> dict[str, Any]:
    return {"type": kind, "start": start, "end": end}


def relation(head: int, tail: int, kind: str = "Adverse-Effect") -> dict[str, Any]:
    return {"type": kind, "head": head, "tail": tail}


EVENT, DRUG = entity("Adverse-Effect", 0, 2), entity("Drug", 3, 4)
ITEM = {
    "tokens": ["Severe", "hives", "after", "aspirin", "(", "5", "mg", ")", "."],
    "entities": [EVENT, DRUG],
    "relations": [relation(0, 1)],
    "orig_id": 12,
}
TEXT = "Severe hives after aspirin ( 5 mg ) ."


def read(folder: Path, *items: object, name: str = "ade_split_0_test.json") -> Gold:
    (folder / name).write_text(json.dumps(items))
    return read_spert([folder / name])


def reasons(gold: Gold) -> list[tuple[str, str]]:
    return gold.refused.select("key", "reason").rows()


def test_tokens_become_a_text_and_token_offsets_characters(tmp_path):
    gold = read(tmp_path, ITEM)
    check_examples(gold.examples, ADE_SCHEMA)
    [row] = gold.examples.iter_rows(named=True)
    assert (row["text"], row["pmid"], row["group"]) == (TEXT, None, f"sentence {row['example_id']}")
    assert drug_spans(row["drugs"]) == [Span(19, 26)]
    assert relation_pairs(row["relations"]) == [Relation(Span(19, 26), Span(0, 12))]
    assert (len(gold.refused), len(gold.conflicts), gold.merged) == (0, 0, 0)


def test_the_types_of_the_entities_tell_which_end_is_the_drug(tmp_path):
    turned = ITEM | {"entities": [DRUG, EVENT]}
    assert read(tmp_path, turned).examples.equals(read(tmp_path, ITEM).examples)
    turned = ITEM | {"relations": [relation(1, 0)]}
    assert read(tmp_path, turned).examples.equals(read(tmp_path, ITEM).examples)


@pytest.mark.parametrize(
    ("orig_id", "pmid"), [(12, None), ("12", None), (None, None), ("1234567_0", 1234567), ("1234567_x", None)]
)
def test_an_orig_id_of_a_pmid_and_a_number_names_the_article(tmp_path, orig_id, pmid):
    assert read(tmp_path, ITEM | {"orig_id": orig_id}).examples["pmid"].to_list() == [pmid]


def test_files_are_read_as_one(tmp_path):
    for name, items in (("a.json", [ITEM]), ("b.json", [ITEM, ITEM | {"tokens": ["No", *ITEM["tokens"]]}])):
        (tmp_path / name).write_text(json.dumps(items))
    gold = read_spert([tmp_path / "a.json", tmp_path / "b.json"])
    assert (len(gold.examples), gold.merged) == (2, 1)


def test_two_labels_for_one_sentence_are_a_conflict(tmp_path):
    gold = read(tmp_path, ITEM, ITEM | {"entities": [entity("Adverse-Effect", 1, 2), DRUG]})
    assert gold.conflicts.select("text", "keys").rows() == [
        (TEXT, ["ade_split_0_test.json item 1", "ade_split_0_test.json item 2"])
    ]
    assert gold.examples.is_empty()


def test_a_sentence_without_entities_and_a_drug_without_events_are_examples(tmp_path):
    gold = read(
        tmp_path,
        ITEM | {"entities": [], "relations": []},
        ITEM | {"tokens": [*"abcd"], "entities": [DRUG], "relations": []},
    )
    assert [len(drugs) for drugs in gold.examples["drugs"]] == [0, 1]
    assert gold.examples["relations"].list.len().to_list() == [0, 0]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"entities": [EVENT, entity("Drug", 8, 10)]}, "entity 1 spans tokens 8 to 10 of a sentence of 9"),
        ({"entities": [EVENT, entity("Drug", -2, -1)]}, "entity 1 spans tokens -2 to -1 of a sentence of 9"),
        ({"entities": [EVENT, entity("Drug", 3, 3)]}, "entity 1 spans tokens 3 to 3 of a sentence of 9"),
        ({"entities": [entity("Peop", 0, 1), DRUG]}, "entity 0 is of type 'Peop'; expected Drug or Adverse-Effect"),
        ({"entities": [DRUG, DRUG]}, "relation 0 is between two entities of type Drug"),
        ({"relations": [relation(1, 1)]}, "relation 0 is between two entities of type Drug"),
        ({"relations": [relation(0, 2)]}, "relation 0 is between entities 0 and 2 of 2"),
        ({"relations": [relation(-1, 1)]}, "relation 0 is between entities -1 and 1 of 2"),
        ({"relations": [relation(0, 1, "Kill")]}, "relation 0 is of type 'Kill'; expected Adverse-Effect"),
        ({"relations": []}, "the adverse effect 'Severe hives' is in no relation"),
        ({"tokens": ["Severe", " ", "after", "aspirin"]}, "there are no tokens, or one is blank"),
        ({"tokens": [], "entities": [], "relations": []}, "there are no tokens, or one is blank"),
    ],
)  # fmt: skip
def test_an_item_that_is_no_example_is_refused(tmp_path, changed, reason):
    gold = read(tmp_path, ITEM, ITEM | changed)
    assert reasons(gold) == [("ade_split_0_test.json item 2", reason)]
    assert gold.examples["text"].to_list() == [TEXT]


def test_a_file_of_another_corpus_is_told(tmp_path):
    with pytest.raises(
        SpertError, match=r"conll04\.json: no item is an example; .* item 1: entity 0 is of type 'Peop'"
    ):
        read(tmp_path, ITEM | {"entities": [entity("Peop", 0, 1)]}, name="conll04.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}", "ade.json: expected a list of items .*; Input should be a valid"),
        ("[", "ade.json: expected a list of items .*; Invalid JSON"),
        ("[]", "ade.json: expected a list of items, found none"),
        (json.dumps([ITEM, 3]), "ade.json item 2: expected a list of items .*; Input should be an object"),
        (json.dumps([{"tokens": ["a"], "entities": []}]), "ade.json item 1: .*; relations: Field required"),
        (json.dumps([ITEM | {"tokens": "aspirin"}]), "ade.json item 1: .*; tokens: Input should be a valid"),
        (json.dumps([ITEM | {"entities": [entity("Drug", "3", 4)]}]), r"item 1: .*; entities\.0\.start: Input"),
        (r'[{"tokens": ["\ud800"], "entities": [], "relations": []}]', "ade.json: expected .*; Invalid JSON"),
        (None, "ade.json can not be read"),
    ],
)
def test_a_wrong_file_is_told_with_its_item(tmp_path, content, message):
    path = tmp_path / "ade.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SpertError, match=message):
        read_spert([path])


OFFSETS = st.integers(-1, 5)
KINDS = st.sampled_from(["Drug", "Adverse-Effect"]) | st.just("Loc")
ITEMS = st.fixed_dictionaries(
    {
        "tokens": st.lists(st.text(max_size=3), max_size=5),
        "entities": st.lists(st.builds(entity, KINDS, OFFSETS, OFFSETS), max_size=4),
        "relations": st.lists(st.builds(relation, OFFSETS, OFFSETS), max_size=3),
    }
)


@given(st.lists(ITEMS, max_size=4))
def test_every_item_is_an_example_or_accounted_for(tmp_path_factory, items):
    gold = read(tmp_path_factory.getbasetemp(), ITEM, *items)
    check_examples(gold.examples, ADE_SCHEMA)
    in_conflict = sum(len(keys) for keys in gold.conflicts["keys"])
    assert len(gold.examples) + gold.merged + in_conflict + len(gold.refused) == 1 + len(items)


WORDS = st.lists(st.text(min_size=1, max_size=4).filter(str.strip), min_size=2, max_size=6)


@given(WORDS, st.data())
def test_the_text_at_a_span_is_its_tokens(tmp_path_factory, tokens, data):
    bounds = st.lists(st.integers(0, len(tokens)), min_size=2, max_size=2, unique=True).map(sorted)
    event, drug = data.draw(bounds), data.draw(bounds)
    item = {"tokens": tokens, "entities": [entity("Adverse-Effect", *event), entity("Drug", *drug)]}
    gold = read(tmp_path_factory.getbasetemp(), item | {"relations": [relation(0, 1)]})
    [row] = gold.examples.iter_rows(named=True)
    [pair] = relation_pairs(row["relations"])
    assert row["text"][slice(*pair.event)] == " ".join(tokens[slice(*event)])
    assert row["text"][slice(*pair.drug)] == " ".join(tokens[slice(*drug)])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.sampled_from([*ITEM, "type", "start"]), values),
    max_leaves=8,
)


@given(JSON | st.lists(ITEMS.flatmap(lambda item: st.builds(dict, st.just(item), orig_id=JSON)), max_size=2))
def test_any_json_is_read_or_told(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(content))
    try:
        check_examples(read_spert([path]).examples, ADE_SCHEMA)
    except SpertError as error:
        assert str(error).startswith(str(path))
