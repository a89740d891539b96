"""What a server turned out not to take: learnt from its refusals, once, for all that is asked of it afterwards."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from tasks.logger import logger

LOGPROBS = frozenset({"logprobs", "top_logprobs"})


@dataclass(slots=True)
class Dialect:
    """How a server wants to be asked, beside what its kind says.

    Attributes:
        folds_system: its template has no system role; the system message goes to the head of the first turn.
        is_plain: its model has no chat template; a conversation is asked as the start of a document.
        thinks: its model thinks aloud, whatever it was asked; an answer needs tokens for that, and no stop strings.
        without: fields that it refuses by name; what a constraint among them was for is asked in words.
        renamed: fields that it wants by another name.
        values: fields of which it takes this value alone.
        most_alternatives: log-probabilities that it gives for a place, at most.
        version: how often something was learnt; what was sent in an earlier version is worth asking anew.
        tried: until when no trial is worth it, on the monotonic clock; infinity while one is under way.
        lock: held while something is learnt, for threads that share the server.
    """

    folds_system: bool = False
    is_plain: bool = False
    thinks: bool = False
    without: set[str] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    most_alternatives: int | None = None
    version: int = 0
    tried: float = 0.0
    lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def fields(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return the fields of a request as this server takes them."""
        return {
            self.renamed.get(name, name): self._value(name, value)
            for name, value in fields.items()
            if name not in self.without
        }

    def takes(self, fields: dict[str, Any]) -> bool:
        """Return whether every one of the fields may be sent."""
        return self.without.isdisjoint(fields)

    def learn(self, where: str, learnt: str) -> None:
        """Tell what was learnt of a server; hold the lock.

        Args:
            where: the server, as a sentence begins.
        """
        self.version += 1
        logger.warning("%s %s", where, learnt)

    def _value(self, name: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        if name in LOGPROBS and not isinstance(value, bool) and self.most_alternatives is not None:
            return min(value, self.most_alternatives)
        return self.values.get(name, value)
