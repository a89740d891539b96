"""Where the files of a model are, whatever names it, and what they say of it."""

from pathlib import Path
from typing import Any

from tasks.assets.child import Stopping
from tasks.assets.fetch import model_folder
from tasks.assets.hub import fetch_from_hub
from tasks.errors import DistilleryError
from tasks.stopping import stop_requested
from tasks.text_files import read_json, read_text

LENGTHS = (
    "max_position_embeddings",
    "n_positions",
    "max_seq_len",
    "seq_length",
    "model_max_length",
    "max_sequence_length",
    "max_seq_length",
    "seq_len",
    "max_target_positions",
)
"""What configurations call the longest prompt that a model was made for, as vLLM looks for it."""
MODELS = "name a folder or a GGUF file that is, or a model of huggingface.co"
"""What to do about a model that is not there, as the end of a sentence."""
INDEX = "model.safetensors.index.json"


class ModelFilesError(DistilleryError):
    """A name stands for no model that can be loaded; the message says what is missing."""


def model_files(name: str, revision: str | None = None, stopping: Stopping = stop_requested) -> Path:
    """Return a folder that vLLM, transformers and PEFT load a model from: what must be fetched or converted is first.

    Args:
        name: a model of the catalogue, a GGUF file, a folder, or a name on the Hugging Face Hub.
        revision: commit, branch or tag there.
        stopping: whether to give up.

    Raises:
        ModelFilesError, AssetError, HubError: there is none of that name, or it holds no weights.
        Stopped: it was given up.
    """
    own = model_folder(name, stopping)
    if own is not None:
        return own
    path = Path(name).expanduser()
    if path.is_dir():
        check_weights(path)
        return path
    if path.is_file():
        raise ModelFilesError(
            f"{name} is a file, but no GGUF file; name a GGUF file, a folder saved with save_pretrained, or a model of "
            "huggingface.co"
        )
    if is_path(name):
        raise ModelFilesError(f"{name} is not there; {MODELS}")
    return fetch_from_hub(name, revision, stopping)


def is_path(name: str) -> bool:
    """Return whether a name can be a path's alone: names on the Hub are one word, or two with a slash between."""
    return name.startswith((".", "/", "~")) or name.count("/") > 1 or "\\" in name or name.endswith(".gguf")


def check_weights(folder: Path) -> None:
    """Check that a folder holds a model whole.

    Raises:
        ModelFilesError: it has no configuration or no safetensors, or not all that its index names.
    """
    if not (folder / "config.json").is_file():
        raise ModelFilesError(f"{folder} holds no config.json; name a folder saved with save_pretrained")
    weights = {file.name for file in folder.glob("*.safetensors")}
    if not weights:
        raise ModelFilesError(f"{folder} holds no .safetensors file; {instead_of_weights(folder)}")
    if (folder / INDEX).is_file():
        index = read_json(folder / INDEX, ModelFilesError)
        named = index.get("weight_map") if isinstance(index, dict) else None
        missing = sorted(set(named.values()) - weights) if isinstance(named, dict) else []
        if missing:
            more = f" and {len(missing) - 1} more" if missing[1:] else ""
            raise ModelFilesError(f"{folder} lacks {missing[0]}{more}, which its {INDEX} names; copy or fetch it again")


def instead_of_weights(folder: Path) -> str:
    """Return what to do about a folder without safetensors, as the end of a sentence."""
    gguf = next(folder.glob("*.gguf"), None)
    if gguf is not None:
        return f"name the GGUF file in it, {gguf}"
    others = next((path.name for ending in ("bin", "pth") for path in folder.glob(f"*.{ending}")), None)
    if others is not None:
        return f"it holds {others}: load that with transformers once and save it with save_pretrained"
    return "name a folder saved with save_pretrained"


def model_config(folder: Path) -> dict[str, Any]:
    """Return a model's config.json; that of its text part where it has several.

    Raises:
        ModelFilesError: it can not be read.
    """
    config = read_json(folder / "config.json", ModelFilesError)
    if not isinstance(config, dict):
        raise ModelFilesError(f"{folder / 'config.json'} holds no object; fetch the model again")
    text = config.get("text_config")
    return {**config, **text} if isinstance(text, dict) else config


def longest_prompt(folder: Path) -> int | None:
    """Return how many tokens a model was made for at most; None where its configuration does not say.

    Raises:
        ModelFilesError: the configuration can not be read.
    """
    config = model_config(folder)
    said = [config[name] for name in LENGTHS if isinstance(config.get(name), int) and config[name] > 0]
    return min(said, default=None)


def chat_template(folder: Path) -> str | None:
    """Return how a model's tokenizer writes a conversation, in Jinja; None where it does not know, as base models'.

    The folder may be an adapter's, which has the one that it was trained with. It is empty where the tokenizer writes
    conversations without a template.

    Raises:
        ModelFilesError: the tokenizer's configuration can not be read.
    """
    file = folder / "chat_template.jinja"
    if file.is_file():
        return read_text(file, ModelFilesError)
    for name in ("chat_template.json", "tokenizer_config.json"):
        config = read_json(folder / name, ModelFilesError) if (folder / name).is_file() else None
        found = config.get("chat_template") if isinstance(config, dict) else None
        if isinstance(found, list):
            named = {each.get("name"): each.get("template") for each in found if isinstance(each, dict)}
            found = named.get("default") or next(iter(named.values()), None)
        if isinstance(found, str) and found:
            return found
    return "" if (folder / "tekken.json").is_file() else None  # Mistral's own
