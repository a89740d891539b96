"""Settings from the environment (``DISTILLERY_…``): where things lie on this machine. None of them changes a row."""

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tasks.errors import DistilleryError


class SettingsError(DistilleryError):
    """A variable of the environment holds what it can not."""


class Settings(BaseSettings):
    """``root`` holds the tables, ``cache`` models and sample files.

    ``api_key`` is sent to language-model servers; ``dask`` is the address of a Dask scheduler that runs the batches.
    NCBI asks every client for an ``email`` and gives an ``ncbi_api_key`` on request, for 10 instead of 3 requests a
    second. The addresses are those of NCBI's servers or of mirrors; ``retry_seconds`` is the first wait after a fault,
    ``reply_seconds`` the longest for a language model's reply, ``outage_seconds`` that for its server to come back, and
    ``server_seconds`` that for Prefect's server to start, and ``batch_seconds`` the time between looks at batches that
    take hours.
    """

    model_config = SettingsConfigDict(
        env_prefix="DISTILLERY_", extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    root: str = "data"
    cache: Path = Path.home() / ".cache" / "mesh-distillery"
    api_key: SecretStr | None = None
    dask: str | None = None
    email: str | None = Field(default=None, validation_alias=AliasChoices("NCBI_EMAIL", "DISTILLERY_EMAIL"))
    ncbi_api_key: SecretStr | None = Field(default=None, validation_alias="NCBI_API_KEY")
    eutils_url: str = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
    baseline_url: str = "https://ftp.ncbi.nlm.nih.gov/pubmed"
    pmc_url: str = "https://pmc-oa-opendata.s3.amazonaws.com"
    mesh_url: str = "https://nlmpubs.nlm.nih.gov/projects/mesh"
    retry_seconds: float = 1.0
    reply_seconds: float = Field(default=300.0, gt=0)
    outage_seconds: float = Field(default=600.0, ge=0)
    server_seconds: float = Field(default=600.0, gt=0)
    batch_seconds: float = Field(default=60.0, gt=0)


def settings() -> Settings:
    """Read the settings from the environment as it is now.

    Raises:
        SettingsError: a variable holds what it can not; its value is not shown.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = str(first["loc"][0]).upper()
        variable = name if name in ("NCBI_EMAIL", "NCBI_API_KEY") else f"DISTILLERY_{name.removeprefix('DISTILLERY_')}"
        raise SettingsError(f"the environment's {variable} is not right: {first['msg']}") from None
