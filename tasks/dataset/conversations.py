"""Conversations for supervised fine-tuning: system message, evidence and question, answer; cut to a length."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tasks.dataset.settings import Records
from tasks.evidence import Passage, shown_passages
from tasks.instructions import user_turn
from tasks.kinds import Kind
from tasks.serving.conversation import Conversation
from tasks.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage as it is shown; ``needed`` where the answer names it or quotes it."""

    pmid: int
    text: str
    needed: bool


@dataclass(slots=True)
class Exchange:
    """A question, the passages shown with it, the source first, and its answer.

    Attributes:
        answer: decision, short_answer, long_answer, cited, evidence_sentence, probability.
        n_tokens: of the conversation, once it was counted.
        prompt_tokens: of what stands before the answer.
        refusal: why it is not written.
    """

    question: str
    kind: Kind
    answer: dict[str, Any]
    shown: list[Shown]
    settings: Records
    n_tokens: int = 0
    prompt_tokens: int = 0
    refusal: str | None = None

    @property
    def pmids(self) -> list[int]:
        """The articles that are shown, the source first."""
        return [passage.pmid for passage in self.shown]

    @property
    def context(self) -> str:
        """The passages, a blank line between."""
        return "\n\n".join(passage.text for passage in self.shown)

    @property
    def prompt(self) -> Conversation:
        """What stands before the answer."""
        source, *contexts = (passage.text for passage in self.shown)
        system, instruction = (
            self._with_citing(told[self.kind]) for told in (self.settings.system, self.settings.instruction)
        )
        said = user_turn(source, contexts, self.question, instruction)
        before = [{"role": "system", "content": system}] if system else []
        return [*before, {"role": "user", "content": said}]

    @property
    def messages(self) -> Conversation:
        """The whole conversation."""
        return [*self.prompt, {"role": "assistant", "content": answer_text(self.kind, self.answer, cites=True)}]

    @property
    def is_verifiable(self) -> bool:
        """Whether the answer is short and rests on a sentence that is shown."""
        quoted = self.answer["evidence_sentence"]
        return bool(quoted and short_answer(self.kind, self.answer)) and _holds(self.context, quoted)

    def leave_one_out(self) -> bool:
        """Leave out the last context that the answer does not need; return whether there was one."""
        places = [place for place, passage in enumerate(self.shown) if place and not passage.needed]
        if places:
            del self.shown[places[-1]]
        return bool(places)

    def _with_citing(self, told: str) -> str:
        return f"{told} {self.settings.citing}".strip() if told and self.answer["cited"] else told


def exchange(
    question: str, answer: dict[str, Any], passages: Sequence[Passage], context_words: int, settings: Records
) -> Exchange:
    """Return a question with its answer and the passages as the answer model read them.

    Args:
        answer: a row of the answers table.
        passages: the source first.
        context_words: see ``shown_passages``.
    """
    kind, cited, quoted = Kind(answer["kind"]), set(answer["cited"] or ()), answer["evidence_sentence"]
    texts = shown_passages(passages, context_words)
    shown = [
        Shown(passage.pmid, text, passage.pmid in cited or bool(quoted and _holds(text, quoted)))
        for passage, text in zip(passages, texts, strict=False)
    ]
    found = Exchange(question, kind, answer, shown, settings)
    unseen = sorted(cited - set(found.pmids))
    if unseen:
        found.refusal = f"the answer names PMID {unseen[0]}, which it was not shown"
    elif kind != Kind.EXPLANATION and not short_answer(kind, answer):
        found.refusal = f"no {'decision' if kind == Kind.YES_NO else 'short answer'}"
    return found


def fit(exchanges: Sequence[Exchange], tokens: Tokens, most_tokens: int) -> None:
    """Count every conversation, and leave contexts out, the last first, until it is no longer than ``most_tokens``.

    What the answer names or quotes stays. An exchange that is too long all the same is refused.
    """
    counted = [each for each in exchanges if each.refusal is None]
    while counted:
        lengths = [len(ids) for ids in tokens.conversations([each.messages for each in counted])]
        long = []
        for each, length in zip(counted, lengths, strict=True):
            each.n_tokens = length
            if length <= most_tokens:
                continue
            if each.leave_one_out():
                long.append(each)
            else:
                each.refusal = too_long(most_tokens)
        counted = long
    for each, ids in zip(exchanges, tokens.prompts([each.prompt for each in exchanges]), strict=True):
        each.prompt_tokens = len(ids)


def too_long(most_tokens: int) -> str:
    """Return why a record is refused that nothing can be left out of."""
    return f"longer than {most_tokens:,} tokens with what it can not do without"


def short_answer(kind: Kind, answer: dict[str, Any]) -> str | None:
    """Return the part of an answer that can be compared: the decision, or the name, number or items asked for."""
    value: str | None = answer["decision"] if kind == Kind.YES_NO else answer["short_answer"]
    return value


def answer_text(kind: Kind, answer: dict[str, Any], *, cites: bool) -> str:
    """Return an answer in words: the short one first, the explanation, and the PMIDs that it does not name itself."""
    short, long_answer = short_answer(kind, answer), answer["long_answer"]
    if short:
        start = short[:1].upper() + short[1:]
        long_answer = f"{start}{'' if start.endswith('.') else '.'} {long_answer}"
    unnamed = [f"PMID {pmid}" for pmid in answer["cited"] or () if str(pmid) not in long_answer] if cites else []
    return f"{long_answer} ({', '.join(unnamed)})" if unnamed else long_answer


def _holds(text: str, sentence: str) -> bool:
    return " ".join(sentence.split()).casefold() in " ".join(text.split()).casefold()
