"""Information content of descriptors that needs no corpus; ``mesh.document_frequency`` has the one that does.

Natural logarithms throughout; the virtual root that joins the trees has information content 0.
"""

import math
from collections import Counter
from collections.abc import Mapping

from mesh.hierarchy import Hierarchy

InformationContent = Mapping[str, float]


def intrinsic_information_content(hierarchy: Hierarchy) -> dict[str, float]:
    """Return the corpus-free IC(c) = -ln((leaves(c) / ancestors(c) + 1) / (leaves + 1)).

    leaves(c) counts the descriptors at or below c that have none below them, ancestors(c) those at or above c, and
    leaves those of all MeSH. A leaf counts itself, as in slib and nxontology, so that deeper leaves say more; the
    paper's text counts none for it.

    Source: Sanchez, Batet, Isern (2011), Knowledge-Based Systems 24(2), equation 10,
    https://doi.org/10.1016/j.knosys.2010.10.001
    """
    ancestors = {ui: hierarchy.ancestors(ui) for ui in hierarchy.descriptors["ui"].to_list()}
    inner = frozenset().union(*(above - {ui} for ui, above in ancestors.items()))
    leaves = [ui for ui in ancestors if ui not in inner]
    leaves_below = Counter(above for ui in leaves for above in ancestors[ui])
    return {ui: -math.log((leaves_below[ui] / len(above) + 1) / (len(leaves) + 1)) for ui, above in ancestors.items()}


def seco_information_content(hierarchy: Hierarchy) -> dict[str, float]:
    """Return the corpus-free IC(c) = 1 - ln(descendants(c) + 1) / ln(descriptors), 1 for a leaf.

    descendants(c) counts the descriptors below c, without c.

    Source: Seco, Veale, Hayes (2004), ECAI, equation 5, https://dl.acm.org/doi/10.5555/3000001.3000272
    """
    uis = hierarchy.descriptors["ui"].to_list()
    below = Counter(above for ui in uis for above in hierarchy.ancestors(ui) if above != ui)
    return {ui: 1 - math.log(below[ui] + 1) / math.log(len(uis)) for ui in uis}
