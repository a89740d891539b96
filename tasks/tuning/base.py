"""The model that an adapter is trained on, and the two together."""

import json
from pathlib import Path

from tasks.assets.fetch import model_folder
from tasks.errors import DistilleryError
from tasks.serving.merge import merged_folder
from tasks.serving.model import EMBEDDED_MODEL, LanguageModel
from tasks.tuning.job import TrainingFolder


def base_path(model: LanguageModel) -> str:
    """Return the folder or the Hugging Face name that is trained on; an adapter that the model has is merged first.

    So a second training starts from the first one's result, which is its reference where it has one (DPO).
    """
    folder = model_folder(model.model)
    path = str(folder) if folder is not None else model.model
    return path if model.adapter is None else str(merged_folder(path, model))


def adapted_model(adapter: Path) -> LanguageModel:
    """Return an adapter with the model that it was trained on.

    That is what its training says, or PEFT's configuration where the adapter was moved or comes from elsewhere.

    Raises:
        DistilleryError: the folder is no adapter's.
    """
    config = adapter / "adapter_config.json"
    try:
        base = str(json.loads(config.read_text())["base_model_name_or_path"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DistilleryError(
            f"{adapter} is not a PEFT adapter; expected a folder with {config.name} that names its base model, such as "
            "a training's finished/adapter"
        ) from error
    training = TrainingFolder(adapter.parent.parent)
    if training.adapter == adapter and training.job.exists():
        base = training.read_job().model
    embedded = model_folder(EMBEDDED_MODEL)
    assert embedded is not None
    model = EMBEDDED_MODEL if base in (EMBEDDED_MODEL, str(embedded), embedded.name) else base
    return LanguageModel(model=model, adapter=str(adapter))


def with_adapter(model: LanguageModel, adapter: Path) -> LanguageModel:
    """Return a model with the adapter that was trained on it."""
    if model.adapter is None:
        return model.model_copy(update={"adapter": str(adapter)})
    return model.model_copy(update={"model": base_path(model), "revision": None, "adapter": str(adapter)})
