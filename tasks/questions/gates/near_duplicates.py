"""Near duplicates among all questions of a run: the same content words in the same order, but for a few.

MinHash finds the pairs that may be, and each is then compared itself, so that nothing is refused by an estimate.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from rapidfuzz.distance import Indel
from rensa import RMinHash, RMinHashLSH

from tasks.questions.gates.content_words import words_of

PERMUTATIONS, SEED = 128, 16
BANDS = ((0.8, 16), (0.6, 32), (0.0, 64))
"""Bands for pairs of at least so much of their words in common: over 99 % of these are found."""
TELLS_APART = frozenset(
    words_of(
        "not no without non never nor neither hyper hypo pre post anti pro intra extra inter men women "
        "male femal boy girl mother father matern patern children adult infant acut chronic earli late "
        "left right"
    )
)
"""Stems of which one alone makes another question."""
LONGEST_SIGN = 2

Stems = tuple[str, ...]


def earlier_alike(stems: Sequence[Stems], passes: Callable[[int], bool], least: float) -> list[int | None]:
    """Return for each question the place of the first one before it that it nearly repeats, None where there is none.

    Only questions that pass count as earlier ones: what is refused anyway takes no place from a good question.

    Args:
        stems: of each question the stems of its content words, in the fixed order of the questions.
        passes: whether the question at a place passes the other gates; asked only where there is one like it.
        least: the similarity of a near duplicate, in (0, 1].
    """
    places: dict[Stems, list[int]] = defaultdict(list)
    for place, each in enumerate(stems):
        places[each].append(place)
    different = list(places)
    alike = _alike(different, least)
    number = {each: index for index, each in enumerate(different)}
    involved = [
        place for place, each in enumerate(stems) if each and (len(places[each]) > 1 or alike.get(number[each]))
    ]
    kept: dict[int, int] = {}
    found: list[int | None] = [None] * len(stems)
    for place in involved:
        own = number[stems[place]]
        first = min((kept[each] for each in (own, *alike.get(own, ())) if each in kept), default=None)
        found[place] = first
        if first is None and passes(place):
            kept[own] = place
    return found


def similarity(first: Stems, second: Stems) -> float:
    """Return how alike two questions are, in [0, 1]; 0 where a number, a sign or a word such as not tells them apart.

    A phrase that stands before the one and behind the other changes nothing.
    """
    if any(_tells_apart(stem) for stem in set(first) ^ set(second)):
        return 0.0
    return max(Indel.normalized_similarity(first, each) for each in (second, _turned(second, first[:1])))


def _alike(different: Sequence[Stems], least: float) -> dict[int, list[int]]:
    """Return for each of different questions those that are like it, by their places."""
    in_common = least / (2 - least)
    bands = next(bands for bound, bands in BANDS if in_common >= bound)
    sketches = RMinHash.from_token_sets([list(each) for each in different], PERMUTATIONS, SEED)
    index = RMinHashLSH(in_common, PERMUTATIONS, bands)
    index.insert_many(sketches)
    found: dict[int, list[int]] = {}
    for place, candidates in enumerate(index.query_all(sketches)):
        near = [other for other in candidates if other != place and _near(different[place], different[other], least)]
        if near:
            found[place] = sorted(near)
    return found


def _near(first: Stems, second: Stems, least: float) -> bool:
    return bool(first and second) and similarity(first, second) >= least


def _turned(stems: Stems, head: Iterable[str]) -> Stems:
    start = next((stems.index(word) for word in head if word in stems), 0)
    return stems[start:] + stems[:start]


def _tells_apart(stem: str) -> bool:
    return len(stem) <= LONGEST_SIGN or not stem.isalpha() or stem in TELLS_APART
