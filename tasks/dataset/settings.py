"""What a user decides about a dataset's records."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tasks.assets.fetch import asset_revision, model_folder
from tasks.assets.model_files import MODELS, is_path
from tasks.errors import DistilleryError
from tasks.instructions import CITING, INSTRUCTION, SYSTEM
from tasks.kinds import ByKind, Kind
from tasks.serving.model import EMBEDDED_MODEL
from tasks.store.recipe import Recipe

TOKENIZER_FILES = ("tokenizer*", "*.jinja", "*.model", "vocab*", "merges.txt", "special_tokens_map.json")


def _over(defaults: Mapping[Kind, str]) -> BeforeValidator:
    """Fill in the kinds of which nothing is said."""
    return BeforeValidator(lambda given: {**defaults, **given} if isinstance(given, dict) else given)


class Records(BaseModel):
    """What records say beside questions, evidence and answers, and how long they may be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: Annotated[dict[Kind, str], _over(SYSTEM), ByKind()] = Field(
        default=SYSTEM,
        title="System message",
        description="Of each kind's conversations. Left out where it is empty; chat templates then put their own.",
    )
    instruction: Annotated[dict[Kind, str], _over(INSTRUCTION), ByKind()] = Field(
        default=INSTRUCTION, title="Instruction", description="What the user says after the question of each kind."
    )
    citing: str = Field(
        default=CITING,
        title="Instruction to cite",
        description="Stands after both where the answer names the articles that it used.",
    )
    tokenizer: str = Field(
        default=EMBEDDED_MODEL,
        title="Tokenizer",
        min_length=1,
        description="Of the model that is to be trained: the embedded one, a Hugging Face name or a local folder.",
    )
    tokenizer_revision: str | None = Field(default=None, title="Revision of the tokenizer")
    most_tokens: int = Field(
        default=2_048,
        ge=64,
        title="Most tokens of a record",
        description="Contexts are left out, the last first, until it fits; one that does not fit without is refused.",
    )

    def check(self) -> None:
        """Check that a tokenizer that is named by a path is there.

        Raises:
            DistilleryError: it is not.
        """
        if is_path(self.tokenizer) and not Path(self.tokenizer).expanduser().exists():
            raise DistilleryError(f"{self.tokenizer} is not there; {MODELS}")

    @property
    def recipe(self) -> Recipe:
        """The dataset recipe."""
        parameters: dict[str, Any] = self.model_dump(mode="json")
        revision = self.tokenizer_revision or asset_revision(self.tokenizer)
        folder = Path(self.tokenizer).expanduser()
        if folder.is_dir():
            parameters["tokenizer"], revision = folder.name, _files_digest(folder)
        return Recipe("dataset", 3, {**parameters, "tokenizer_revision": revision})

    @property
    def tokenizer_files(self) -> str:
        """The folder or name that the tokenizer is loaded from; the embedded one is fetched where it is not here."""
        own = model_folder(self.tokenizer)
        path = Path(self.tokenizer).expanduser()
        return str(own or (path if path.is_dir() else self.tokenizer))


def _files_digest(folder: Path) -> str:
    hasher = hashlib.sha256()
    for path in sorted({path for pattern in TOKENIZER_FILES for path in folder.glob(pattern) if path.is_file()}):
        hasher.update(path.name.encode() + path.read_bytes())
    return hasher.hexdigest()[:12]
