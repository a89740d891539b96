"""The model that an adapter is trained on, and the two together."""

from pathlib import Path

from tasks.assets.fetch import model_folder
from tasks.serving.adapter_base import EMBEDDED_NAMES, AdapterError, read_config
from tasks.serving.merge import merged_folder
from tasks.serving.model import EMBEDDED_MODEL, LanguageModel
from tasks.tokenizer import longest_sequence
from tasks.tuning.job import TrainingFolder


def base_path(model: LanguageModel) -> str:
    """Return the folder or the Hugging Face name that is trained on; an adapter that the model has is merged first.

    So a second training starts from the first one's result, which is its reference where it has one (DPO).

    Raises:
        AdapterError: the adapter is of another model.
    """
    folder = model_folder(model.model)
    path = str(folder) if folder is not None else model.model
    return path if model.adapter is None else str(merged_folder(path, model))


def longest_of(model: LanguageModel) -> int | None:
    """Return how many positions a model has learnt, None where it has no such limit; adapters do not change it."""
    if model.url is not None:
        return None
    return longest_sequence(base_path(model.model_copy(update={"adapter": None, "merged": ()})), model.revision)


def adapted_model(adapter: Path) -> LanguageModel:
    """Return an adapter with the model that it was trained on.

    That is what its training says, or PEFT's configuration where the adapter was moved or comes from elsewhere.

    Raises:
        AdapterError: the folder is no adapter's, or its model is not known.
    """
    base = read_config(adapter).get("base_model_name_or_path")
    training = TrainingFolder(adapter.parent.parent)
    if training.adapter == adapter and training.job.exists():
        return with_adapter(training.read_job().language_model, adapter)
    if not base:
        raise AdapterError(f"{adapter} does not say which model it was trained on; name that as the model")
    return LanguageModel(model=EMBEDDED_MODEL if base in EMBEDDED_NAMES else base, adapter=str(adapter))


def with_its_base(model: LanguageModel) -> LanguageModel:
    """Return a model that is given by its adapter alone as one on what that was trained on; any other as it is.

    Raises:
        AdapterError: the adapter is none, or does not say what it was trained on.
    """
    if model.adapter is None or "model" in model.model_fields_set:
        return model
    return adapted_model(Path(model.adapter)).model_copy(update=model.model_dump(exclude_unset=True))


def with_adapter(model: LanguageModel, adapter: Path) -> LanguageModel:
    """Return a model with the adapter that was trained on it; what it had before is merged below."""
    merged = (*model.merged, model.adapter) if model.adapter else ()
    return model.model_copy(update={"merged": merged, "adapter": str(adapter.absolute())})


def with_absolute_paths(model: LanguageModel) -> LanguageModel:
    """Return the model with absolute paths, which mean the same to whoever reads them later."""
    path = Path(model.model)
    return model.model_copy(
        update={
            "model": str(path.absolute()) if path.exists() else model.model,
            "merged": tuple(str(Path(adapter).absolute()) for adapter in model.merged),
            "adapter": model.adapter and str(Path(model.adapter).absolute()),
        }
    )
