"""Which kind of question is asked of an article: drawn for each, by shares."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import polars as pl
from pydantic import AfterValidator, Field

from tasks.kinds import ByKind, Kind

DRAWS = 1 << 64


def _one_is_asked(shares: dict[Kind, float]) -> dict[Kind, float]:
    if not any(shares.values()):
        raise ValueError("no kind has a share; give one more than 0, such as yes/no: 1")
    return shares


Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]
KindShares = Annotated[dict[Kind, Share], AfterValidator(_one_is_asked), ByKind()]
"""How much of each kind is asked; of a kind that is left out, or has 0, nothing. What they add up to stands for all."""


@dataclass(frozen=True, slots=True)
class KindDraw:
    """Draws an article's kind by a hash of its PMID and the seed: the same in every run, whatever else is sampled.

    Kinds have their places in their fixed order, so that a changed share moves few articles.
    """

    shares: Mapping[Kind, float]
    seed: int

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that are asked, in their fixed order."""
        return tuple(kind for kind in Kind if self.shares.get(kind))

    @property
    def cache_identity(self) -> Any:  # noqa: ANN401 - any JSON value
        """What decides the kinds, as JSON."""
        whole = sum(self.shares.values())
        return [self.seed, *([kind.value, self.shares[kind] / whole] for kind in self.kinds)]

    def of(self, pmid: int) -> Kind:
        """Return an article's kind."""
        drawn = hashlib.blake2b(f"kind {self.seed} {pmid}".encode(), digest_size=8).digest()
        place = int.from_bytes(drawn, "big") / DRAWS * sum(self.shares.values())
        kinds = self.kinds
        for kind in kinds:
            place -= self.shares[kind]
            if place < 0:
                return kind
        return kinds[-1]

    def articles(self, articles: pl.DataFrame, kind: Kind) -> pl.DataFrame:
        """Return the articles (pmid and whatever else) of which a kind is asked."""
        drawn = [self.of(pmid) == kind for pmid in articles["pmid"]]
        return articles.filter(pl.Series(drawn, dtype=pl.Boolean))
