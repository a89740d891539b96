from tasks.extraction.examples import LabelledSpan, Relation, Span
from tasks.extraction.targets import Targets
from tasks.extraction.teacher_format import parse_answer
from tasks.extraction.teacher_labels import LocationCounts, labels_of_answer

TEXT = "Rash after aspirin; aspirin and lithium caused no tremor."


def test_every_mention_of_a_drug_has_its_nearest_event():
    counts = LocationCounts()
    labels = labels_of_answer(TEXT, parse_answer("Aspirin: rash\nlithium: none"), counts)
    first, second, lithium = Span(11, 18), Span(20, 27), Span(32, 39)
    rash = Span(0, 4)
    assert labels == Targets(
        tuple(LabelledSpan(*span, "drug") for span in (first, second, lithium)),
        (Relation(first, rash), Relation(second, rash)),
    )
    assert counts.found == {"case": 2, "exact": 1}


def test_of_two_mentions_of_an_event_the_nearer_counts():
    text = "Rash under aspirin, then rash again."
    labels = labels_of_answer(text, parse_answer("aspirin: rash"), LocationCounts())
    assert labels.relations == (Relation(Span(11, 18), Span(25, 29)),)


def test_what_can_not_be_located_is_dropped_and_counted():
    counts = LocationCounts()
    labels = labels_of_answer(TEXT, parse_answer("ibuprofen: rash\naspirin: fever | tremor\nlithium"), counts)
    assert [relation.event for relation in labels.relations] == [Span(50, 56)] * 2
    assert counts.not_found == {"drug": 1, "event": 1}
    assert counts.malformed == {"no ': ' after a drug": 1}


def test_none_is_no_drug():
    assert labels_of_answer(TEXT, parse_answer("none"), LocationCounts()) == Targets()
