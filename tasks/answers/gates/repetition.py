"""Gates: an answer does not go round in circles, and says more than its question."""

from rapidfuzz import fuzz

from tasks.answers.gates.case import Case
from tasks.answers.gates.settings import AnswerGates
from tasks.answers.gates.wording import FRAME_STEMS, abbreviations, content, numbers, words

LONGEST_RUN = 12
TIMES_BY_RUN = {1: 3, 2: 3, 3: 3}
"""How often in a row a run of one, two or three words makes a loop; longer ones do when they stand twice."""
GRAM, MOST_OFTEN = 5, 3
FEWEST_WORDS, LEAST_DISTINCT = 20, 0.7
MOST_ALIKE = 90.0


def refuse_loops(case: Case, settings: AnswerGates) -> str | None:
    """Refuse a text that says the same again: the same words in a row, or the same sentence or phrase over and over."""
    del settings
    said = words(case.long_answer)
    sentences = [" ".join(words(sentence)) for sentence in case.sentences]
    if len(set(sentences)) < len(sentences) or any(_runs_on(said, length) for length in range(1, LONGEST_RUN + 1)):
        return "loops"
    runs = [tuple(said[start : start + GRAM]) for start in range(len(said) - GRAM + 1)]
    if any(runs.count(run) >= MOST_OFTEN for run in set(runs)):
        return "loops"
    threes = list(zip(said, said[1:], said[2:], strict=False))
    is_long = len(said) >= FEWEST_WORDS
    return "loops" if is_long and len(set(threes)) < LEAST_DISTINCT * len(threes) else None


def refuse_repeated_question(case: Case, settings: AnswerGates) -> str | None:
    """Refuse what adds no content word and no number to its question, and what asks in turn.

    "Aspirin reduces the risk of stroke." adds nothing to "Does aspirin reduce the risk of stroke?", nor does its
    denial: a finding, a number, a group, a reason would.
    """
    del settings
    text = case.long_answer
    if text.rstrip("\"' ").endswith("?"):
        return "asks instead of answering"
    known = case.asked | FRAME_STEMS | abbreviations(case.question)
    adds = set(content(text)) - known or numbers(text) - numbers(case.question)
    if not adds or fuzz.ratio(text.lower(), case.question.lower()) >= MOST_ALIKE:
        return "repeats the question"
    return None


def _runs_on(said: list[str], length: int) -> bool:
    """Return whether a run of so many words follows itself as often as makes a loop."""
    times, needed = 1, TIMES_BY_RUN.get(length, 2)
    place = 0
    while place + 2 * length <= len(said):
        if said[place : place + length] == said[place + length : place + 2 * length]:
            times += 1
            if times >= needed:
                return True
            place += length
        else:
            times = 1
            place += 1
    return False
