"""What a declared field is: how its text is taken from a record, and what its column holds."""

from dataclasses import dataclass
from typing import TypeAlias

import polars as pl


@dataclass(frozen=True, slots=True)
class Value:
    """The text of an element or attribute; null where it is absent or empty.

    Inline markup and MathML go, every character in them stays; white space is folded, and none stands at the ends.
    """

    name: str
    path: str
    dtype: type[pl.DataType] = pl.String


@dataclass(frozen=True, slots=True)
class Date:
    """The Year, Month and Day inside an element, as far as they are there: 1998, 1998-12 or 1998-12-24."""

    name: str
    element: str

    @property
    def path(self) -> str:
        """The three as one text."""
        return f"concat({self.element}/Year, '-', {self.element}/Month, '-', {self.element}/Day)"


@dataclass(frozen=True, slots=True)
class Flag:
    """Whether a condition holds."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Values:
    """The text of each element, in order."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A struct for each element, in order."""

    name: str
    path: str
    fields: tuple["Column", ...]


@dataclass(frozen=True, slots=True)
class Within:
    """The fields of one inner element."""

    path: str
    fields: tuple["Field", ...]


Column: TypeAlias = Value | Date | Flag | Values | Rows
Field: TypeAlias = Column | Within
