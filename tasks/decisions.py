"""The three decisions of PubMedQA, which models answer with and are judged by."""

from typing import Literal

Decision = Literal["yes", "no", "maybe"]
DECISIONS: tuple[Decision, ...] = ("yes", "no", "maybe")
