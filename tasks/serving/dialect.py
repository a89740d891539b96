"""What a server turned out not to take: learnt from its refusals, once, for all that is asked of it afterwards."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Dialect:
    """How a server wants to be asked, beside what its kind says.

    Attributes:
        folds_system: its template has no system role; the system message goes to the head of the first turn.
        is_plain: its model has no chat template; a conversation is asked as the start of a document.
        thinks: its model thinks aloud, whatever it was asked; an answer needs tokens for that, and no stop strings.
        without: fields that it refuses by name; what a constraint among them was for is asked in words.
        renamed: fields that it wants by another name.
    """

    folds_system: bool = False
    is_plain: bool = False
    thinks: bool = False
    without: set[str] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)

    def fields(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return the fields of a request as this server takes them."""
        return {self.renamed.get(name, name): value for name, value in fields.items() if name not in self.without}

    def takes(self, fields: dict[str, Any]) -> bool:
        """Return whether every one of the fields may be sent."""
        return self.without.isdisjoint(fields)
