"""Gates of what is written off: the article's abstract, its title and the prompt's examples."""

import re
from collections.abc import Sequence

from rapidfuzz.distance import Indel

from tasks.questions.gates.asked import Asked, lower_words, spaced, spaced_grams
from tasks.questions.gates.content_words import content_stems, words_of
from tasks.questions.gates.settings import Gates

SUBTITLE = re.compile(r"[:?!.] ")
ASKS_NOTHING = frozenset(
    content_stems(
        words_of(
            "role effect effects impact influence significance importance relevance purpose meaning function "
            "use main key potential current primary know known study studies trial randomised controlled "
            "review systematic meta analysis case report cohort retrospective prospective evidence results "
            "evaluation assessment there considered regarded described called defined true really"
        )
    )
)
"""Words that make a question of a title without asking more than it says, and those that name a kind of study."""


def copied_share(question: str, text: str) -> float:
    """Return the share of a question's four-grams of words that stand in a text; 0 for fewer than four words."""
    return share_in(spaced_grams(lower_words(question)), spaced(lower_words(text)))


def share_in(grams: Sequence[str], text: str) -> float:
    """Return the share of spaced four-grams that stand in a spaced text; 0 where there are none."""
    return sum(gram in text for gram in grams) / len(grams) if grams else 0.0


def copies_the_abstract(asked: Asked, gates: Gates) -> str | None:
    """Refuse what stands in the abstract: in one run, or in many short ones."""
    words, text = asked.words, asked.abstract_text
    longer = int(gates.most_recited * len(words)) + 1
    runs = (spaced(words[start : start + longer]) for start in range(len(words) - longer + 1))
    if any(run in text for run in runs):
        return "recites the abstract"
    return "copies the abstract" if share_in(asked.grams, text) > gates.most_copied else None


def repeats_the_title(asked: Asked, gates: Gates) -> str | None:
    """Refuse the title in other words: it, or most of it, in its order, and nothing that it does not say."""
    title = [stem for stem in content_stems(asked.title_words) if stem not in ASKS_NOTHING]
    question = [stem for stem in asked.stems if stem not in ASKS_NOTHING]
    if not question or not set(question) <= set(title):
        return None
    main = content_stems(lower_words(SUBTITLE.split(asked.title, maxsplit=1)[0]))
    whole = [title, [stem for stem in main if stem not in ASKS_NOTHING]]
    alike = max(Indel.normalized_similarity(question, each) for each in whole)
    return "repeats the title" if alike >= gates.most_like_title else None


def repeats_an_example(asked: Asked, gates: Gates) -> str | None:
    """Refuse an example of the prompt; words that the article holds, too, are the article's."""
    if not asked.examples:
        return None
    taken = sum(gram in asked.examples and not _holds(asked.article_stems, gram) for gram in asked.grams)
    return "repeats an example of the prompt" if taken > gates.most_like_example * len(asked.grams) else None


def _holds(stems: str, gram: str) -> bool:
    return all(f" {stem} " in stems for stem in content_stems(gram.split()))
