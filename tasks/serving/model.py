"""Which language model is meant, and the identity that goes into recipes."""

import hashlib
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from tasks.assets.catalogue import SMOLLM2
from tasks.assets.fetch import asset_revision
from tasks.errors import DistilleryError
from tasks.network.address import OpenText
from tasks.serving.servers.registry import kinds

EMBEDDED_MODEL = SMOLLM2.name
SAMPLED_BYTES = 1 << 20
SECRET_HEADER = re.compile(r"authori[sz]ation|api-?_?key|secret|password|cookie|\btoken$|-token$", re.IGNORECASE)
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
KEY_ELSEWHERE = (
    "leave it out, and say with key_from where the key is (env:NAME of a variable, block:NAME of a Prefect Secret)"
)
OUR_FIELDS = frozenset({"model", "messages", "prompt", "stream", "n"})


class LanguageModel(BaseModel):
    """A model and, where one is running already, the server that serves it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    model: str = Field(
        default=EMBEDDED_MODEL,
        title="Model",
        description="The embedded small model, a Hugging Face name or a local folder; with a URL, its name there.",
    )
    revision: str | None = Field(default=None, title="Revision", description="Commit or tag of a Hugging Face model.")
    adapter: str | None = Field(
        default=None,
        title="LoRA adapter",
        description="A local PEFT adapter folder; it is merged before serving.",
    )
    merged: tuple[str, ...] = Field(
        default=(),
        title="Adapters merged before",
        description="Of earlier trainings, in their order: the adapter was trained on the model with these in it.",
    )
    dtype: str | None = Field(
        default=None,
        title="Precision",
        description="Of a model that the run serves. Empty: float32 without a GPU, where greedy decoding then repeats "
        "exactly; the model's own precision with one.",
    )
    url: OpenText | None = Field(
        default=None,
        title="Server URL",
        description="A running OpenAI-compatible server, such as http://127.0.0.1:8000/v1. Empty: the run starts vLLM.",
    )

    replicas: tuple[OpenText, ...] = Field(
        default=(), title="Further servers", description="Of the same model: they share what is asked."
    )
    kind: str | None = Field(
        default=None,
        title="Kind of server",
        description=f"{', '.join(kinds())}. Empty: the server is asked.",
    )
    key_from: str | None = Field(
        default=None,
        title="Key",
        description="Where the server's key is: env:NAME of a variable, block:NAME of a Prefect Secret. Empty: "
        "DISTILLERY_API_KEY.",
        pattern=r"^(env|block):[A-Za-z0-9_-]+$",
    )
    headers: dict[str, str] = Field(
        default={},
        title="Further headers",
        description="Of each request, such as OpenAI-Organization; no secrets, they are stored with the run.",
    )
    body: dict[str, Any] = Field(
        default={}, title="Further fields", description="Of each request's body, such as top_k; they count as settings."
    )
    thinking_tokens: int = Field(
        default=0,
        ge=0,
        title="Tokens for thoughts",
        description="For a reasoning model, beside those of the answer. 0: it is asked not to think.",
    )

    def __hash__(self) -> int:
        """Return a hash of what can be hashed; fields and headers of requests are compared alone."""
        return hash((self.model, self.revision, self.adapter, self.merged, self.dtype, self.url, self.kind))

    @field_validator("kind")
    @classmethod
    def _kind_is_known(cls, kind: str | None) -> str | None:
        if kind is None or kind in kinds():
            return kind
        near = get_close_matches(kind.lower().replace("_", "-"), kinds(), n=1, cutoff=0.5)
        meant = f"did you mean {near[0]}? " if near else ""
        raise ValueError(f"there is no kind of server {kind!r}; {meant}the kinds are {', '.join(kinds())}")

    @field_validator("headers")
    @classmethod
    def _headers_are_open(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if SECRET_HEADER.search(name):
                raise ValueError(f"the header {name} would be stored and shown with the run; {KEY_ELSEWHERE}")
            if not HEADER_NAME.fullmatch(name) or not (value.isascii() and value.isprintable()):
                raise ValueError(f"the header {name!r} or its value holds what no header may")
        return headers

    @field_validator("body")
    @classmethod
    def _fields_are_further(cls, body: dict[str, Any]) -> dict[str, Any]:
        ours = sorted(OUR_FIELDS & body.keys())
        if ours:
            raise ValueError(f"the field {ours[0]} is the run's own and can not be set")
        secret = [name for name in body if SECRET_HEADER.search(name)]
        if secret:
            raise ValueError(f"the field {secret[0]} would be stored and shown with the run; {KEY_ELSEWHERE}")
        return body

    @field_validator("url", "replicas")
    @classmethod
    def _addresses_hold_no_key(cls, given: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        if any("?" in url or "#" in url for url in ((given,) if isinstance(given, str) else given or ())):
            raise ValueError(f"the address of a server ends before its query, which would be stored; {KEY_ELSEWHERE}")
        return given

    @model_validator(mode="after")
    def _servers_have_a_first(self) -> Self:
        if self.url is None and (self.replicas or self.kind or self.key_from or self.headers):
            raise ValueError("further servers, their kind, key and headers are of a server: name its URL")
        return self

    @model_validator(mode="after")
    def _adapter_is_ours(self) -> Self:
        if self.url is not None and self.adapter is not None:
            raise ValueError(
                "a server serves an adapter under a name of its own; give that as the model, and no adapter"
            )
        if self.merged and self.adapter is None:
            raise ValueError("adapters are merged for another one that was trained on top; name that as the adapter")
        return self

    def identity(self) -> dict[str, Any]:
        """Return what decides the model's answers, as JSON values; the URL does not."""
        asked: dict[str, Any] = {"body": self.body} if self.body else {}
        if self.thinking_tokens:
            asked["thinking_tokens"] = self.thinking_tokens
        if self.url is not None:
            return {"model": self.model, "revision": self.revision, "adapter": self.adapter, **asked}
        revision = self.revision or asset_revision(self.model)
        folder = Path(self.model)
        if revision is None and folder.is_dir():
            revision = weights_digest(folder)
        merged = {"merged": [_adapter_identity(adapter) for adapter in self.merged]} if self.merged else {}
        return {
            "model": folder.name if folder.is_dir() else self.model,
            "revision": revision,
            "adapter": None if self.adapter is None else _adapter_identity(self.adapter),
            "dtype": self.dtype,
            **merged,
            **asked,
        }


class ModelFolderError(DistilleryError):
    """A folder holds no model and no adapter; the message names it."""


def _adapter_identity(adapter: str) -> str:
    return f"{Path(adapter).name}@{weights_digest(Path(adapter))}"


def weights_digest(folder: Path) -> str:
    """Return a hash of a model folder: configuration, tokenizer and chat template whole, weights in samples.

    Of each weights file the size, the first and the last MiB count.

    Raises:
        ModelFolderError: the folder holds no safetensors.
    """
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise ModelFolderError(f"{folder} holds no .safetensors file; name a folder saved with save_pretrained")
    hasher = hashlib.sha256()
    for described in sorted([*folder.glob("*.json"), *folder.glob("*.jinja"), *folder.glob("*.txt")]):
        hasher.update(described.name.encode() + described.read_bytes())
    for path in weights:
        size = path.stat().st_size
        with path.open("rb") as file:
            hasher.update(f"{path.name}:{size}".encode() + file.read(SAMPLED_BYTES))
            file.seek(max(0, size - SAMPLED_BYTES))
            hasher.update(file.read(SAMPLED_BYTES))
    return hasher.hexdigest()[:12]
