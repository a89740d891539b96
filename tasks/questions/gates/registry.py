"""All gates, in the order in which they are asked; the first that refuses gives the reason."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from tasks.questions.gates.asked import Asked
from tasks.questions.gates.copying import copies_the_abstract, repeats_an_example, repeats_the_title
from tasks.questions.gates.form import declines, holds_debris, not_one_question, too_long_or_short
from tasks.questions.gates.kind_asked import of_another_kind
from tasks.questions.gates.language import in_another_language
from tasks.questions.gates.loops import asks_of_itself, repeats_itself
from tasks.questions.gates.settings import GateName, Gates
from tasks.questions.gates.stands_alone import needs_its_article
from tasks.questions.gates.subject import off_the_subject
from tasks.questions.gates.verb import has_no_verb

Check = Callable[[Asked, Gates], str | None]
ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Gate:
    """A rule by name: it returns why a question is refused, or None. ``english``: it knows the grammar of English."""

    name: GateName
    check: Check
    english: bool = False


GATES = (
    Gate(GateName.LENGTH, too_long_or_short),
    Gate(GateName.DEBRIS, holds_debris),
    Gate(GateName.DECLINES, declines),
    Gate(GateName.ONE_QUESTION, not_one_question),
    Gate(GateName.LOOPS, repeats_itself),
    Gate(GateName.LANGUAGE, in_another_language),
    Gate(GateName.VERB, has_no_verb, english=True),
    Gate(GateName.STANDS_ALONE, needs_its_article, english=True),
    Gate(GateName.KIND, of_another_kind, english=True),
    Gate(GateName.TAUTOLOGY, asks_of_itself),
    Gate(GateName.TITLE, repeats_the_title),
    Gate(GateName.COPYING, copies_the_abstract),
    Gate(GateName.EXAMPLES, repeats_an_example),
    Gate(GateName.SUBJECT, off_the_subject),
)
"""Those that look at one question; near duplicates are looked for among all of a run."""


@lru_cache(8)
def gates_in_use(gates: Gates) -> tuple[Gate, ...]:
    """Return the gates that are not left out and know the language that is asked for."""
    english = gates.language == ENGLISH
    return tuple(gate for gate in GATES if gate.name not in gates.left_out and (english or not gate.english))


def refusal(asked: Asked, gates: Gates) -> str | None:
    """Return why a question may not compete, None where it may."""
    return next((reason for gate in gates_in_use(gates) if (reason := gate.check(asked, gates))), None)
