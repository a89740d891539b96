"""The articles that no dataset may contain, because models are judged on them."""

from functools import cache
from importlib import resources

from tasks.errors import DistilleryError


class LeakageError(DistilleryError):
    """Records to train on hold text or PMIDs of evaluation sets; the message names some and says what to do."""


@cache
def evaluation_pmids() -> frozenset[int]:
    """Return the PMIDs of all 1,000 expert-labelled PubMedQA items (PQA-L), test set and the rest.

    Source: Jin et al. (2019), https://pubmedqa.github.io
    """
    text = (resources.files("tasks.evaluation") / "pubmedqa_pmids.txt").read_text()
    return frozenset(map(int, text.split()))
