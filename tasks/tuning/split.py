"""Split by PMID: no article has rows on both sides, and an article's side never changes."""

import hashlib
from dataclasses import dataclass

import polars as pl

from tasks.store.row_key import fingerprint
from tasks.tuning.checked import CONTENT

HASH_BYTES = 8


@dataclass(frozen=True, slots=True)
class Split:
    """Rows to train on and rows held out, each sorted by content."""

    train: pl.DataFrame
    held_out: pl.DataFrame

    @property
    def fingerprints(self) -> tuple[str, str]:
        """The hashes of what the rows of each side say, whatever their order."""
        return fingerprint(self.train[CONTENT]), fingerprint(self.held_out[CONTENT])


def split_by_pmid(rows: pl.DataFrame, held_out: float) -> Split:
    """Hold out the rows of a share of PMIDs, chosen by a hash of the PMID alone.

    So rows that are added move none of the others, and every table of a run is split in the same place.

    Args:
        rows: pmid, content.
        held_out: the share, in [0, 1).
    """
    pmids = rows["pmid"].unique().to_list()
    chosen = [pmid for pmid in pmids if place_of(pmid) < held_out]
    aside = pl.col("pmid").is_in(chosen)
    return Split(rows.filter(~aside).sort(CONTENT), rows.filter(aside).sort(CONTENT))


def place_of(pmid: int) -> float:
    """Return where a PMID lies in [0, 1): the same on any machine."""
    hashed = hashlib.blake2b(f"held-out {pmid}".encode(), digest_size=HASH_BYTES).digest()
    return int.from_bytes(hashed, "big") / float(1 << 8 * HASH_BYTES)
