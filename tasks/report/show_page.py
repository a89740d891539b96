"""A sample of a dataset in words and as a page: what was asked and answered, on what evidence, and what lost."""

from collections.abc import Sequence

from tasks.report.template import render
from tasks.review.items import Beaten, Item
from tasks.visible import in_one_line

EVIDENCE_CHARACTERS = 400
ALONE = "beat no other question: the article has but one candidate, or the others lie within the margin"
FACTS = {"n_tokens": "tokens", "evidence_sentence": "evidence sentence", "logprob": "log-probability of the decision",
         "probability": "probability of the decision"}  # fmt: skip


def render_items(items: Sequence[Item], title: str, lead: str) -> str:
    """Return the page (HTML), which follows the reader's light or dark theme and needs nothing beside it."""
    return render(
        "show.html", items=items, title=title, lead=lead, facts=facts_in_words, won=won_in_words, cut=cut, alone=ALONE
    )


def cut(evidence: str) -> str:
    """Return the beginning of an evidence on one line."""
    return in_one_line(evidence, EVIDENCE_CHARACTERS)


def facts_in_words(item: Item) -> list[tuple[str, str]]:
    """Return names and values of what else is known of an item."""
    named = [(FACTS.get(name, name), _in_words(value)) for name, value in item.facts.items()]
    if len(item.pmids) > 1:
        named.append(("evidence", f"PMID {', '.join(map(str, item.pmids))}"))
    if item.cited is not None:
        named.append(("cited", ", ".join(map(str, item.cited))))
    return named


def won_in_words(lost: Beaten) -> str:
    """Return by how much a question was beaten."""
    scores = f"{_number(lost.winner_score)} against {_number(lost.score)}"
    return f"won by {_number(lost.margin)} ({scores}) over"


def _in_words(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"
