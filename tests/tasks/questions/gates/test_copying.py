import pytest

from tasks.kinds import Kind
from tasks.questions.gates.asked import Asked, grams_of
from tasks.questions.gates.copying import copied_share, copies_the_abstract, repeats_an_example, repeats_the_title
from tasks.questions.gates.settings import Gates
from tasks.questions.gates.subject import off_the_subject

DEFAULT = Gates()
ABSTRACT = "We followed 80 adults. Half of them took 100 mg of aspirin a day for a year."
SHOWN = grams_of(
    [
        "Does low-dose aspirin reduce the risk of pre-eclampsia in women at high risk?",
        "Can serum ferritin distinguish hepatocellular carcinoma from cirrhosis?",
        "Ferritin was measured in 88 patients with hepatocellular carcinoma and in 90 with cirrhosis alone.",
    ]
)


def asked(question: str, title: str = "T", abstract: str = ABSTRACT) -> Asked:
    return Asked(question, Kind.YES_NO, title, abstract, examples=SHOWN)


def test_copying_is_counted_in_four_grams():
    # Of its 8 four-grams 5 stand in the abstract, in two runs of 6 and 5 words.
    question = "Half of them took 100 mg, we followed 80 adults half?"
    assert copied_share("Does aspirin prevent stroke?", ABSTRACT) == 0
    assert copied_share("Half of them", ABSTRACT) == 0
    assert copied_share("100 mg of aspirin a day", ABSTRACT) == 1
    assert copied_share(question, ABSTRACT) == pytest.approx(5 / 8)
    assert copies_the_abstract(asked(question), DEFAULT) == "copies the abstract"
    assert copies_the_abstract(asked(question), Gates(most_copied=0.7)) is None
    assert copies_the_abstract(asked("Did half of them take as much as those we followed?"), DEFAULT) is None


def test_one_long_run_is_recited():
    # 11 of 13 words stand in one run: more than three quarters, not more than nine tenths.
    question = "Is it half of them took 100 mg of aspirin a day for?"
    assert copies_the_abstract(asked(question), DEFAULT) == "recites the abstract"
    assert copies_the_abstract(asked(question), Gates(most_recited=0.9)) == "copies the abstract"
    assert copies_the_abstract(asked("Is half a dose of aspirin a day for a year enough?"), DEFAULT) is None


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Aspirin and stroke in elderly adults?", "Aspirin and stroke in elderly adults."),
        ("What is the role of PSMA in prostate cancer?", "PSMA in prostate cancer"),
        ("What is the effect of aspirin on stroke in adults?", "Aspirin on stroke in adults: a randomised trial"),
        ("Does metformin lower mortality in sepsis?", "Metformin lowers mortality in sepsis"),
        (
            "Is elevated serum ferritin in hepatocellular carcinoma?",
            "Elevated serum ferritin in hepatocellular carcinoma",
        ),
        ("Does zinc shorten the common cold?", "Does zinc shorten the common cold? A cohort study"),
        ("Is tumour size a prognostic factor in glioma?", "Tumor size as a prognostic factor in glioma"),
    ],
)
def test_the_title_in_other_words_is_no_question_of_its_own(question, title):
    assert repeats_the_title(asked(question, title), DEFAULT) == "repeats the title"


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Does aspirin prevent stroke in elderly adults?", "Aspirin and stroke in elderly adults"),
        ("Is serum ferritin raised in hepatocellular carcinoma?", "Serum ferritin in hepatocellular carcinoma"),
        ("Is PSMA expressed more in metastases of prostate cancer?", "PSMA in prostate cancer"),
        (
            "Does metformin lower mortality?",
            "Metformin lowers mortality and length of stay in elderly adults with sepsis",
        ),
        ("Does cancer of the prostate cause bone pain?", "Bone pain"),
    ],
)
def test_a_question_shares_words_with_the_title_and_asks_something(question, title):
    assert repeats_the_title(asked(question, title), DEFAULT) is None


@pytest.mark.parametrize(
    "question",
    [
        "Does low-dose aspirin reduce the risk of pre-eclampsia in women at high risk?",
        "Does low-dose aspirin reduce the risk of stroke in women at high risk?",
        "Can serum ferritin distinguish hepatocellular carcinoma from cirrhosis?",
        "Was ferritin measured in 88 patients with hepatocellular carcinoma?",
    ],
)
def test_the_prompts_example_is_not_asked_of_another_article(question):
    assert repeats_an_example(asked(question), DEFAULT) == "repeats an example of the prompt"
    assert repeats_an_example(Asked(question, Kind.YES_NO, "T", ABSTRACT), DEFAULT) is None


def test_what_the_article_says_too_is_no_example():
    question = "Can serum ferritin distinguish hepatocellular carcinoma from cirrhosis?"
    own = "Ferritin in serum did distinguish adults with cirrhosis from those with hepatocellular carcinoma."
    assert repeats_an_example(asked(question, abstract=own), DEFAULT) is None
    # Three of nine four-grams are the example's: reduce the risk of, in women at high, women at high risk.
    assert repeats_an_example(asked("Does metformin reduce the risk of sepsis in women at high risk?"), DEFAULT) is None


@pytest.mark.parametrize(
    ("question", "refused"),
    [
        ("Can serum ferritin distinguish hepatocellular carcinoma from cirrhosis?", True),
        ("Do patients with melanoma benefit from nivolumab treatment?", True),
        ("Does acetylsalicylic acid prevent strokes?", True),
        ("Is aspirin taken daily safe?", False),
        ("Does the daily dose of aspirin matter to adults?", False),
    ],
)
def test_a_question_is_about_its_article(question, refused):
    assert (off_the_subject(asked(question), DEFAULT) is not None) == refused
    assert off_the_subject(asked(question), Gates(least_on_subject=0)) is None


def test_word_families_and_spellings_are_one():
    source = "Hypertensive adults with oesophageal tumours were randomised."
    assert (
        off_the_subject(
            asked("Does hypertension raise esophageal tumor risk?", abstract=source), Gates(least_on_subject=0.7)
        )
        is None
    )
