"""The model that an adapter is trained on, and the two together."""

from pathlib import Path

from tasks.assets.fetch import model_folder
from tasks.serving.merge import merged_folder
from tasks.serving.model import LanguageModel


def base_path(model: LanguageModel) -> str:
    """Return the folder or the Hugging Face name that is trained on; an adapter that the model has is merged first.

    So a second training starts from the first one's result, which is its reference where it has one (DPO).
    """
    folder = model_folder(model.model)
    path = str(folder) if folder is not None else model.model
    return path if model.adapter is None else str(merged_folder(path, model))


def with_adapter(model: LanguageModel, adapter: Path) -> LanguageModel:
    """Return a model with the adapter that was trained on it."""
    if model.adapter is None:
        return model.model_copy(update={"adapter": str(adapter)})
    return model.model_copy(update={"model": base_path(model), "revision": None, "adapter": str(adapter)})
