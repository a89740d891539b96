"""How a model that is tuned on this project's records is asked: so records are written, and so it is judged later."""

from collections.abc import Sequence

from tasks.kinds import Kind

_FROM = "You answer biomedical questions from the articles that are given:"
SYSTEM: dict[Kind, str] = {
    Kind.YES_NO: f"{_FROM} yes, no or maybe first, then a short explanation.",
    Kind.FACTOID: f"{_FROM} the name, number or phrase that is asked for first, then a short explanation.",
    Kind.LIST: f"{_FROM} what is asked for first, separated by semicolons, then a short explanation.",
    Kind.EXPLANATION: f"{_FROM} an explanation in a few sentences.",
}
"""Without a system message many chat templates put one of their own, which names the base model."""
INSTRUCTION: dict[Kind, str] = {
    Kind.YES_NO: "Answer yes, no or maybe, and explain.",
    Kind.FACTOID: "Answer with the name, number or phrase that is asked for, and explain.",
    Kind.LIST: "Answer with all that is asked for, separated by semicolons, and explain.",
    Kind.EXPLANATION: "Answer in a few sentences.",
}
CITING = "Name the PMIDs of the articles that you used."


def user_turn(source: str, contexts: Sequence[str], question: str, instruction: str) -> str:
    """Return what a user says: the article that the question is about, others found for it, question, instruction.

    Args:
        instruction: left out where it is empty.
    """
    others = ["Other articles:\n" + "\n\n".join(contexts)] if contexts else []
    return "\n\n".join(
        [f"Source:\n{source}", *others, f"Question: {question}", *([instruction] if instruction else [])]
    )
