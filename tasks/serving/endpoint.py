"""A server that answers: its address, its name for the model, and whether it is there."""

from dataclasses import dataclass

import httpx

from tasks.errors import DistilleryError
from tasks.hardware import has_gpu
from tasks.serving.model import EMBEDDED_MODEL, LanguageModel
from tasks.settings import settings

PROBE_SECONDS = 10.0


class EndpointError(DistilleryError):
    """A language-model server does not answer as one; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible server and the name under which it serves the model."""

    url: str
    model: str


def headers() -> dict[str, str]:
    """Return the authorisation header where ``DISTILLERY_API_KEY`` is set."""
    key = settings().api_key
    return {} if key is None else {"Authorization": f"Bearer {key.get_secret_value()}"}


def served_models(url: str) -> list[str]:
    """Return the names of the models that a server serves, in its order.

    Raises:
        EndpointError: nothing answers at ``url``, or what answers is no OpenAI-compatible server.
    """
    address = f"{url.rstrip('/')}/v1/models"
    try:
        reply = httpx.get(address, headers=headers(), timeout=PROBE_SECONDS)
        reply.raise_for_status()
        return [model["id"] for model in reply.json()["data"]]
    except httpx.HTTPStatusError as error:
        raise EndpointError(
            f"{address} answered HTTP {error.response.status_code}; expected the model list of an "
            "OpenAI-compatible server, such as one started with `vllm serve`"
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise EndpointError(
            f"no language-model server answers at {url} ({str(error) or type(error).__name__}); "
            "start one there, or name no URL to have vLLM started for the run"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise EndpointError(
            f"{address} did not answer with a model list; is {url} an OpenAI-compatible server?"
        ) from error


def resolve(language_model: LanguageModel) -> LanguageModel:
    """Return the model with nothing left open: the name its server uses, or the precision it will be served in.

    Raises:
        EndpointError: the server does not answer, does not serve the model asked for by name, or is missing where
            batches run on a cluster.
    """
    if language_model.url is None and settings().dask is not None:
        raise EndpointError(
            f"{language_model.model} has no server URL, and batches on a cluster start no vLLM; start servers and name "
            "them by URL"
        )
    if language_model.url is None:
        dtype = language_model.dtype or ("auto" if has_gpu() else "float32")
        return language_model.model_copy(update={"dtype": dtype})
    served = served_models(language_model.url)
    if language_model.model in served:
        return language_model
    if language_model.model == EMBEDDED_MODEL and served:
        return language_model.model_copy(update={"model": served[0]})
    raise EndpointError(
        f"the server at {language_model.url} serves {', '.join(served) or 'no model'}, not {language_model.model!r}; "
        "name one of those as the model"
    )
