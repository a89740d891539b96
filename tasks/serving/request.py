"""What is asked of a model once: a conversation, how to draw the answer, and what it may look like."""

from dataclasses import dataclass, replace

from tasks.serving.constraint import Constraint
from tasks.serving.conversation import Conversation


@dataclass(frozen=True, slots=True)
class Request:
    """One conversation to go on with; how a server of some kind is told so is that kind's matter.

    Attributes:
        max_tokens: of what is said; what is thought before has ``thinking_tokens`` of its own.
        temperature: 0 takes the likeliest token each time, and so repeats.
        constraint: what the answer may look like.
        stop: the answer ends before the first of these.
        stop_after: the answer ends with the first of these, which stays in it.
        alternatives: log-probabilities are wanted: of each token said and of that many likeliest ones in its place.
        thinking_tokens: 0 where the model is not to think, as far as its server can keep it from that.
    """

    conversation: Conversation
    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    constraint: Constraint | None = None
    stop: tuple[str, ...] = ()
    stop_after: tuple[str, ...] = ()
    alternatives: int | None = None
    thinking_tokens: int = 0

    def with_turns(self, conversation: Conversation) -> "Request":
        """Return the request with another conversation."""
        return replace(self, conversation=conversation)

    @property
    def is_sampled(self) -> bool:
        """Whether another answer may come when it is asked again."""
        return self.temperature > 0 and self.seed is None
