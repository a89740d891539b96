"""Information content of descriptors: how much an article says by carrying a heading.

Natural logarithms throughout; the virtual root that joins the trees has information content 0.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

from mesh.hierarchy import Hierarchy

InformationContent = Mapping[str, float]


def corpus_information_content(hierarchy: Hierarchy, heading_sets: Iterable[Iterable[str]]) -> dict[str, float]:
    """Return IC(c) = -ln((df(c) + 1) / (N + 1)) for every descriptor.

    df(c) counts the articles with a heading in c's subtree (all of its positions, itself included), and N the
    articles. Headings that the hierarchy does not know are passed over.

    Args:
        heading_sets: the descriptor UIs of each article.
    """
    document_frequency: Counter[str] = Counter()
    articles = 0
    for headings in heading_sets:
        known = [hierarchy.ancestors(ui) for ui in headings if ui in hierarchy]
        document_frequency.update(frozenset().union(*known))
        articles += 1
    return {
        ui: -math.log((document_frequency[ui] + 1) / (articles + 1)) for ui in hierarchy.descriptors["ui"].to_list()
    }


def intrinsic_information_content(hierarchy: Hierarchy) -> dict[str, float]:
    """Return the corpus-free IC(c) = -ln((leaves(c) / ancestors(c) + 1) / (leaves + 1)).

    leaves(c) counts the descriptors without children below c (none for a leaf itself), ancestors(c) those above
    it with c included, and leaves those of all MeSH.

    Source: Sanchez, Batet, Isern (2011), Knowledge-Based Systems 24(2), equation 6,
    https://doi.org/10.1016/j.knosys.2010.10.001
    """
    uis = hierarchy.descriptors["ui"].to_list()
    ancestors = {ui: hierarchy.ancestors(ui) for ui in uis}
    inner = frozenset().union(*(above - {ui} for ui, above in ancestors.items()))
    leaves_below: Counter[str] = Counter()
    for ui in uis:
        if ui not in inner:
            leaves_below.update(ancestors[ui] - {ui})
    leaves = len(uis) - len(inner)
    return {ui: -math.log((leaves_below[ui] / len(ancestors[ui]) + 1) / (leaves + 1)) for ui in uis}
