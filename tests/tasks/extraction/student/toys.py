"""Sentences of one-letter drugs and events that a small student learns in a second."""

from tasks.extraction.examples import Relation, Span, ade_example

DRUGS, EVENTS = ("a", "b", "c"), ("x", "y", "z")


def toy_sentence(first: int, second: int, filler: str) -> dict:
    """Two drugs, each of which caused the event of its own number."""
    drugs, events = (DRUGS[first], DRUGS[second]), (EVENTS[second], EVENTS[first])
    text = " ".join([*drugs, *filler, *events])
    places = {word: Span(text.index(word), text.index(word) + 1) for word in (*drugs, *events)}
    pairs = [Relation(places[DRUGS[each]], places[EVENTS[each]]) for each in (first, second)]
    return ade_example(text, [places[drug] for drug in drugs], pairs)
