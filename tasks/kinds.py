"""Kinds of questions: what a good answer to one is."""

from enum import StrEnum


class Kind(StrEnum):
    """A decision, a name or number, several of them, or why and how."""

    YES_NO = "yes/no"
    FACTOID = "factoid"
    LIST = "list"
    EXPLANATION = "explanation"
