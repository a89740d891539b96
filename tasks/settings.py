"""Settings from the environment (``DISTILLERY_…``): where things lie on this machine. None of them changes a row."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """``root`` holds the tables, ``cache`` models and sample files.

    ``api_key`` is sent to language-model servers; ``dask`` is the address of a Dask scheduler that runs the batches.
    """

    model_config = SettingsConfigDict(env_prefix="DISTILLERY_", extra="ignore")

    root: str = "data"
    cache: Path = Path.home() / ".cache" / "mesh-distillery"
    api_key: SecretStr | None = None
    dask: str | None = None


def settings() -> Settings:
    """Read the settings from the environment as it is now."""
    return Settings()
