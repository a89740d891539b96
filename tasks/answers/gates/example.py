"""Gate: an answer is not one of the prompt's examples, which small models repeat of any article."""

from tasks.answers.gates.case import GRAM, Case, Example
from tasks.answers.gates.settings import AnswerGates
from tasks.answers.gates.wording import FRAME_WORDS, FUNCTION_WORDS, content, grams, stem

FEWEST_CONTENT = 2
MOST_SUBJECTS = 3
"""Words of an example's question, foreign to the evidence, that no answer uses by chance."""


def refuse_prompt_example(case: Case, settings: AnswerGates) -> str | None:
    """Refuse words of an example that neither the evidence nor the question holds.

    What counts is a run of four words with two content words, one of which says what the example is about; or three
    words that say so. The phrases of examples ("equally frequent in both groups") are anyone's.
    """
    del settings
    text = f"{case.long_answer} {case.short_answer or ''}"
    runs, said = grams(text, GRAM), set(content(text))
    is_one = any(_is_of(example, runs, said, case) for example in case.examples)
    return "is the prompt's example" if is_one else None


def _is_of(example: Example, runs: list[tuple[str, ...]], said: set[str], case: Case) -> bool:
    foreign = example.subjects - case.known
    if len(said & foreign) >= MOST_SUBJECTS:
        return True
    return any(run in example.grams and _tells(run, foreign) and run not in case.known_grams for run in runs)


def _tells(run: tuple[str, ...], foreign: frozenset[str]) -> bool:
    stems = [stem(word) for word in run if word not in FUNCTION_WORDS and word not in FRAME_WORDS]
    return len(stems) >= FEWEST_CONTENT and not foreign.isdisjoint(stems)
