"""From a MeSH branch and the user's wishes to a search that PubMed understands.

https://pubmed.ncbi.nlm.nih.gov/help/#search-tags
"""

from mesh.branch import Branch
from mesh.hierarchy import Hierarchy
from tasks.literature.wanted import Wanted


def search_term(hierarchy: Hierarchy, branch: Branch | None, wanted: Wanted) -> str:
    """Return the search for articles under a branch (any, if None) that are ``wanted``.

    PubMed explodes a heading to everything below it, at each of its positions; so may hits come from elsewhere in the
    hierarchy than the branch. The sampler keeps to the branch.
    """
    parts = [] if branch is None else [_either(_headings(hierarchy, branch, wanted))]
    if wanted.query:
        parts.append(f"({wanted.query})")
    if wanted.languages:
        parts.append(_either([f"{language}[la]" for language in wanted.languages]))
    if wanted.publication_types:
        parts.append(_either([f'"{name}"[pt]' for name in wanted.publication_types]))
    if wanted.since or wanted.until:
        first = wanted.since.strftime("%Y/%m/%d") if wanted.since else "1000/01/01"
        last = wanted.until.strftime("%Y/%m/%d") if wanted.until else "3000/12/31"
        parts.append(f'("{first}"[dp] : "{last}"[dp])')
    return " AND ".join(parts) or "all[sb]"


def _headings(hierarchy: Hierarchy, branch: Branch, wanted: Wanted) -> list[str]:
    tag = "MeSH Major Topic" if wanted.major_only else "MeSH Terms"
    positions = [
        position
        for number in branch.tree_numbers
        for position in ([number] if hierarchy.at(number) else hierarchy.children(number))
    ]
    names = dict.fromkeys(hierarchy.name_at(position) for position in positions)
    if not wanted.qualifiers:
        return [f'"{name}"[{tag}]' for name in names]
    return [f'"{name}/{qualifier}"[{tag}]' for name in names for qualifier in wanted.qualifiers]


def _either(terms: list[str]) -> str:
    return terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})"
