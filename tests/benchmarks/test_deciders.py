from io import StringIO

import polars as pl
import pytest
from rich.console import Console

from benchmarks.alignment import RANDOM, RULES, prefer_by
from benchmarks.deciders import CHANCE, decide, tabulate
from tasks.preference.prefer import prefer, wanted_preferences
from tasks.preference.rule import PreferenceRule
from tasks.preference.score import Measure

CANDIDATES = pl.DataFrame({"question_id": ["a", "b", "c", "d", "e", "f", "g"], "pmid": [1, 1, 2, 2, 3, 4, 4]})
SCORES = pl.DataFrame({"question_id": ["a", "b", "c", "d", "e", "f"], "score": [0.8, 0.2, 0.5, 0.3, 0.9, 0.1]})
RULE = {1: "a", 2: "c", 3: "e", 4: "f"}
ALIKE = dict.fromkeys("abcdef", 1.0)


def test_the_mean_score_of_what_each_picks():
    # Article 3 has one question and article 4 one that is scored: neither is decided about.
    deciders = {"rule": dict(SCORES.iter_rows()), "other": {**ALIKE, "b": 2.0, "c": 2.0}, "same": ALIKE}
    found = decide(CANDIDATES, SCORES, deciders, RULE)
    assert {each.articles for each in found.values()} == {2}
    means = {name: tuple(round(part[0], 6) for part in (each.score, each.over_chance, each.agrees))
             for name, each in found.items()}  # fmt: skip
    assert means == {
        "rule": (0.65, 0.2, 1.0),
        "other": (0.35, -0.1, 0.5),  # b of the first (0.2), c of the second (0.5)
        "same": (0.45, 0.0, 0.5),
        CHANCE: (0.45, 0.0, 0.5),
    }
    assert found["rule"].over_chance[1:] == (pytest.approx(0.1), pytest.approx(0.3))
    assert found[CHANCE].over_chance == (0.0, 0.0, 0.0)


def test_articles_in_which_the_rule_picks_nothing_are_left_out():
    assert decide(CANDIDATES, SCORES, {}, {1: "a"})[CHANCE].articles == 1
    with pytest.raises(ValueError, match="no article has several scored questions"):
        decide(CANDIDATES, SCORES, {}, {3: "e"})


def test_a_decider_has_to_value_all():
    with pytest.raises(ValueError, match="judge has no value for 1 questions, such as b"):
        decide(CANDIDATES, SCORES, {"judge": {"a": 1.0, "c": 1.0, "d": 1.0}}, RULE)


def test_deciders_are_printed_with_their_intervals():
    console = Console(width=120, file=StringIO())
    console.print(tabulate(decide(CANDIDATES, SCORES, {"same": ALIKE}, RULE), "simgic"))
    [_, same, chance] = console.file.getvalue().splitlines()
    assert same.split()[:4] == ["same", "0.450", "[0.400,", "0.500]"]
    assert "+0.000 [+0.000, +0.000]" in chance


def test_the_alignment_prefers_by_the_rule_as_it_ships_with_the_measure_alone_changed():
    asked = pl.DataFrame(
        {
            "question_id": list("abcd"),
            "pmid": [1, 1, 2, 2],
            "kind": ["yes/no"] * 4,
            "question": ["Is iron low?", "Do mice sleep?", "Is zinc high?", "Who was ill?"],
            "reason": [None, None, None, "not one question"],
            "copied_article": [0.0, 0.1, 0.0, 0.9],
            **{name: [0.9, 0.1, 0.5, 0.4] for name in RULES},
            "released": [0.001, 0.009, 0.005, 0.004],
        }
    )
    for measure in Measure:
        rule = PreferenceRule(measure=measure)
        assert RULES[measure.value] == rule
        kept = asked.filter(pl.col("reason").is_null()).rename({"copied_article": "copied", measure.value: "score"})
        rows = prefer(wanted_preferences(asked, kept, kept, rule), rule).rows
        assert prefer_by(measure.value, asked).rows.equals(rows)
    assert len(prefer_by(RANDOM, asked).rows) == 2
