"""Folds by group: no article has sentences in two folds, and what is added moves nothing."""

import hashlib

import polars as pl

from tasks.errors import DistilleryError

HASH_BYTES = 8
HASHES = 1 << 8 * HASH_BYTES


def with_fold(examples: pl.DataFrame, folds: int) -> pl.DataFrame:
    """Add ``fold``, from 0 on: the same for all sentences of a group, on any machine and whatever else is there.

    Folds are chosen by a hash, so they are of like size, not of the same.

    Args:
        examples: group (for sentences of an article, its PMID).
        folds: how many, at least 2.

    Raises:
        ValueError: there are fewer than 2 folds.
    """
    if folds < 2:
        raise ValueError(f"expected at least 2 folds, found {folds}")
    chosen = [fold_of(group, folds) for group in examples["group"].to_list()]
    return examples.with_columns(fold=pl.Series(chosen, dtype=pl.Int64))


def divide(examples: pl.DataFrame, share: float, purpose: str = "held out") -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the examples to train on and about a share of them to stop by; no group stands in both.

    A group's side has nothing to do with its fold, so what is left of some folds divides alike. At least one group
    stands on either side.

    Args:
        examples: group.
        purpose: what is held out for; the groups held out for one have nothing to do with those for another.

    Raises:
        DistilleryError: there are fewer than two groups.
    """
    by_hash = sorted(set(examples["group"]), key=lambda group: _hashed(purpose, group))
    if len(by_hash) < 2:
        raise DistilleryError(
            f"the {len(examples)} sentences are of {len(by_hash)} articles; expected at least 2, one to learn from and "
            "one to hold out: take more sentences or articles"
        )
    count = sum(in_share(purpose, group, share) for group in by_hash)
    held = pl.col("group").is_in(by_hash[: min(max(count, 1), len(by_hash) - 1)])
    return examples.filter(~held), examples.filter(held)


def by_hash(examples: pl.DataFrame, count: int) -> pl.DataFrame:
    """Return so many sentences, by an order that has nothing to do with what they say; all where there are fewer.

    Args:
        examples: example_id, a hash.
    """
    return examples.sort("example_id").head(count)


def fold_of(group: str, folds: int) -> int:
    """Return a group's fold; not related to where ``tasks.tuning.split`` puts its PMID."""
    return _hashed("fold", group) * folds // HASHES


def in_share(purpose: str, key: str, share: float) -> bool:
    """Return whether a key is among about a share of all keys: the same on any machine, another share each purpose."""
    return _hashed(purpose, key) < share * HASHES


def _hashed(purpose: str, group: str) -> int:
    """Return a number below ``HASHES``, another for each purpose."""
    hashed = hashlib.blake2b(f"{purpose} {group}".encode(), digest_size=HASH_BYTES).digest()
    return int.from_bytes(hashed, "big")
