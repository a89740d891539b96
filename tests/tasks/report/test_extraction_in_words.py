from tasks.report.extraction_in_words import in_words

LABELS = {
    "sentences": 1200,
    "with_something": 300,
    "strings_found": {"exact": 500, "case": 10},
    "strings_not_found": {"drug": 4, "event": 3},
    "malformed_lines": {"no ': ' after a drug": 2},
}


def test_labels_alone():
    assert in_words({"labels": LABELS, "gold": None, "beside_teacher": None}) == (
        "1,200 sentences labelled, 300 of them with something; 510 strings located, 7 dropped, 2 malformed lines."
    )


def test_gold_and_teacher():
    gold = {"sentences": 40, "conflicts": [{}], "refused": [{}, {}]}
    student, teacher = ({"value": value, "low": 0.1, "high": 0.9} for value in (0.5, 0.375))
    beside = {
        "sentences": 30,
        "student": {"relations, strict": {"f1": student}, "entities": {"f1": teacher}},
        "teacher": {"relations, strict": {"f1": teacher}},
        "difference": {"value": 0.125, "low": -0.01, "high": 0.2},
    }
    said = in_words({"labels": LABELS, "gold": gold, "beside_teacher": beside})
    assert "40 gold sentences judge; 1 that are labelled in two ways do not, 2 entries were refused." in said
    assert said.endswith(
        "On 30 of them F1 is 50.0 [10.0, 90.0] % of the student and 37.5 [10.0, 90.0] % of its teacher, "
        "12.5 [-1.0, 20.0] points apart."
    )
