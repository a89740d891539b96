"""A model of the Hugging Face Hub, in the Hub's own cache: what it is loaded from and no more, fetched with progress.

``HF_TOKEN``, ``HF_HOME``, ``HF_ENDPOINT`` and ``HF_HUB_OFFLINE`` mean what they mean everywhere:
https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables

    python -m tasks.assets.hub NAME REVISION FILE ...
"""

import glob
import json
import os
import shutil
import sys
from pathlib import Path

from tasks.assets.child import ChildError, Stopping, run_module
from tasks.assets.download_progress import DownloadProgress
from tasks.errors import DistilleryError
from tasks.logger import logger
from tasks.network.mask import mask
from tasks.stopping import stop_requested

DESCRIBED = (".json", ".jinja", ".txt", ".model", ".py", ".tiktoken")
WEIGHTS = (".safetensors", ".bin")
"""In the order in which they are preferred; one kind is fetched."""
DOUBLES = (
    "consolidated",
    "training_args",
    "optimizer",
    "scheduler",
    "rng_state",
    "tf_model",
    "flax_model",
    "rust_model",
)
"""Files of weights by other names, and what trainings left."""
NEAR = 3


class HubError(DistilleryError):
    """A model can not be had from the Hugging Face Hub; the message says why and what to do."""


def fetch_from_hub(name: str, revision: str | None = None, stopping: Stopping = stop_requested) -> Path:
    """Return the folder of a model in the Hub's cache, fetching what is missing there.

    Args:
        revision: commit, branch or tag; None for the main branch.
        stopping: whether to give up.

    Raises:
        HubError: there is no such model or revision, its licence was not accepted, the Hub does not answer and the
            cache has no whole copy, the disk is full, or the download failed.
        Stopped: it was given up.
    """
    import httpx2  # as huggingface_hub, which takes half a second
    from huggingface_hub import errors

    try:
        wanted, commit = _listed(name, revision)
    except errors.HFValidationError as error:
        raise HubError(
            f"{name!r} is no model: nothing of that name is here, and a name on huggingface.co is organisation/model"
        ) from error
    except errors.GatedRepoError as error:
        raise HubError(
            f"{name} is given to those alone who accepted its licence: do that at {_page(name)}, and set HF_TOKEN to a "
            f"token of the same account{_token_note()}"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise HubError(f"{name} has no revision {revision!r}; see {_page(name)} for its branches and tags") from error
    except errors.RepositoryNotFoundError as error:
        raise HubError(
            f"there is no model {name} on huggingface.co, or it is private{_token_note()}; check the name{_near(name)}"
        ) from error
    except (errors.OfflineModeIsEnabled, errors.HfHubHTTPError, httpx2.HTTPError, OSError) as error:
        cached = _cached(name, revision)
        if cached is not None:
            logger.info("huggingface.co is not asked for %s (%s); taking the copy in the cache", name, _short(error))
            return cached
        raise HubError(
            f"{name} is not in the cache, and huggingface.co can not be reached ({_short(error)}); check the network "
            "(HF_ENDPOINT names a mirror, HF_HUB_OFFLINE forbids it), or name a folder or a GGUF file"
        ) from error
    return _complete(name, revision, commit, wanted, stopping)


def _listed(name: str, revision: str | None) -> tuple[dict[str, int], str]:
    """Return the files that the model is loaded from, with their bytes, and the commit."""
    from huggingface_hub import HfApi

    info = HfApi(endpoint=os.environ.get("HF_ENDPOINT")).model_info(name, revision=revision, files_metadata=True)
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or () if "/" not in file.rfilename}
    kept = {each: size for each, size in sizes.items() if not each.startswith(DOUBLES)}
    kinds = [{each for each in kept if each.endswith(ending)} for ending in WEIGHTS]
    weights = kinds[0] or kinds[1]
    if not weights:
        gguf = next((file.rfilename for file in info.siblings or () if file.rfilename.endswith(".gguf")), None)
        found = f"its GGUF files, such as {gguf}: fetch one and name its path" if gguf else f"see {_page(name)}"
        raise HubError(f"{name} holds no weights that vLLM loads (.safetensors or .bin); {found}")
    described = {each for each in kept if each.endswith(DESCRIBED) and (".bin." not in each or not kinds[0])}
    wanted = {each: kept[each] for each in sorted(weights | described)}
    return wanted, info.sha or ""


def _complete(name: str, revision: str | None, commit: str, wanted: dict[str, int], stopping: Stopping) -> Path:
    from huggingface_hub import constants, try_to_load_from_cache

    there = {each for each in wanted if isinstance(try_to_load_from_cache(name, each, revision=commit), str)}
    missing = {each: size for each, size in wanted.items() if each not in there}
    cache = Path(constants.HF_HUB_CACHE)
    if missing:
        needed, free = sum(missing.values()), _free(cache)
        if needed > free:
            raise HubError(
                f"{name} takes {needed / 1e9:.1f} GB, and {cache} has {free / 1e9:.1f} GB free; make room, or set "
                "HF_HOME to a folder on another disk"
            )
        logger.info("fetching %s from huggingface.co (%.2f GB)", name, needed / 1e9)
        blobs = cache / f"models--{name.replace('/', '--')}" / "blobs"
        arguments = [name, revision or "", *(glob.escape(each) for each in wanted)]
        try:
            with DownloadProgress(name, blobs, needed) as progress:
                run_module("tasks.assets.hub", *arguments, stopping=stopping, watch=progress.look)
        except ChildError as error:
            full = "No space left" in str(error)
            remedy = "make room, or set HF_HOME to a folder on another disk" if full else "run the same command again"
            raise HubError(f"{name} could not be fetched ({error}); what came is kept: {remedy}") from error
    found = _cached(name, commit)
    if found is None:
        raise HubError(f"{name} is not whole in {cache} after it was fetched; see {_page(name)}")
    return found


def _cached(name: str, revision: str | None) -> Path | None:
    """Return a whole copy in the cache."""
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(name, "config.json", revision=revision)
    if not isinstance(config, str):
        return None
    folder = Path(config).parent
    return folder if any(_is_whole(folder, ending) for ending in WEIGHTS) else None


def _is_whole(folder: Path, ending: str) -> bool:
    """Return whether a folder has weights of a kind, and all that their index names."""
    files = {file.name for file in folder.glob(f"*{ending}")}
    named = [json.loads(index.read_text(encoding="utf-8")) for index in folder.glob(f"*{ending}.index.json")]
    return bool(files) and all(files >= set(index.get("weight_map", {}).values()) for index in named)


def _near(name: str) -> str:
    """Return models of the Hub with such a name, as the end of a sentence."""
    import httpx2
    from huggingface_hub import HfApi, errors

    try:
        api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"))
        found = [model.id for model in api.list_models(search=name.rpartition("/")[2], limit=NEAR)]
    except (errors.HfHubHTTPError, httpx2.HTTPError, OSError):
        return ""
    return f"; there are {', '.join(mask(each) for each in found)}" if found else ""


def _token_note() -> str:
    from huggingface_hub import get_token

    return " (HF_TOKEN is set, and is not allowed to)" if get_token() else ""


def _page(name: str) -> str:
    return f"{(os.environ.get('HF_ENDPOINT') or 'https://huggingface.co').rstrip('/')}/{name}"


def _free(folder: Path) -> int:
    there = next(each for each in (folder, *folder.parents) if each.exists())
    return shutil.disk_usage(there).free


def _short(error: Exception) -> str:
    return mask(str(error).strip().partition("\n")[0], 120) or type(error).__name__


def main() -> None:
    """Fetch files of a model; what it says last is why it failed."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    name, revision, *files = sys.argv[1:]
    snapshot_download(name, revision=revision or None, allow_patterns=files)


if __name__ == "__main__":
    main()
