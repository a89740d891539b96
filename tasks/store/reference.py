"""What tasks hand each other instead of frames: small JSON references to rows in the store."""

from pydantic import BaseModel, ConfigDict


class TableRef(BaseModel):
    """The rows of a table that one run is about: its folder, how many they are and the hash of their keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    rows: int
    fingerprint: str

    @property
    def cache_identity(self) -> str:
        """What the reference contributes to a stage's cache key."""
        return f"{self.table}:{self.fingerprint}"


class LlmUsage(BaseModel):
    """What was asked of language models."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: "LlmUsage") -> "LlmUsage":
        return LlmUsage(
            requests=self.requests + other.requests,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
        )

    @property
    def tokens(self) -> int:
        """Tokens of prompts and answers together."""
        return self.prompt_tokens + self.completion_tokens


class StageResult(BaseModel):
    """What a stage reports: its rows, and how they came about.

    ``computed`` rows were made in this run, ``reused`` ones stood there, ``dropped`` ones are in quarantine or were
    refused for the ``reasons`` counted. ``seconds`` is the stage's own work, without what orchestration adds; in
    ``starting`` of them it waited for the server that it asks to start.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    ref: TableRef
    computed: int
    reused: int
    dropped: int
    reasons: dict[str, int] = {}
    seconds: float = 0.0
    starting: float = 0.0
    usage: LlmUsage = LlmUsage()
