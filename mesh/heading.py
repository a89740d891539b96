"""Headings as people and MEDLINE write them: ``Breast Neoplasms/drug therapy/*genetics``."""

from dataclasses import dataclass

from mesh.hierarchy import Hierarchy


@dataclass(frozen=True, slots=True)
class Heading:
    """A descriptor as an article carries it: with its qualifiers, and whether it is a major topic."""

    ui: str
    major: bool = False
    qualifiers: tuple[str, ...] = ()


def read_heading(hierarchy: Hierarchy, text: str) -> Heading | None:
    """Return the heading that ``text`` writes, None where its descriptor is unknown to the hierarchy.

    The descriptor stands first, as UI, term or tree number, however it was typed; qualifiers follow, each after a
    slash, and are kept as written, in lower case. An asterisk before the descriptor or a qualifier marks a major topic.

    Source: https://www.nlm.nih.gov/bsd/mms/medlineelements.html#mh
    """
    whole = hierarchy.find(text.strip().lstrip("*"))  # the address of a descriptor has slashes of its own
    descriptor, *qualifiers = [text.strip()] if whole else [part.strip() for part in text.split("/")]
    ui = whole or hierarchy.find(descriptor.lstrip("*"))
    if ui is None:
        return None
    return Heading(
        ui,
        major=any(part.startswith("*") for part in (descriptor, *qualifiers)),
        qualifiers=tuple(part.lstrip("*").strip().lower() for part in qualifiers if part.lstrip("*").strip()),
    )
