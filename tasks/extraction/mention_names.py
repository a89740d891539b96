"""Names of what is to be mentioned: MeSH descriptors, what they are also called, and substances that articles list."""

from collections.abc import Iterable

import polars as pl

from mesh.hierarchy import Hierarchy
from tasks.extraction.mentions import Dictionary, Mention

DRUG_BRANCHES = (
    "D01", "D02", "D03", "D04", "D06", "D09", "D10", "D12.644", "D13", "D20", "D25", "D26",
)  # fmt: skip
"""Chemicals without enzymes, other proteins and groups by action. 82 % of the drug mentions of the ADE corpus are
descriptors' names; nearly all of these stand here."""
GENE_BRANCHES = ("D08.811", "D12.776")
"""Enzymes and proteins: MeSH names genes by what they make."""
DISEASE_BRANCHES = ("C", "F03")
FEWEST_LETTERS = 4
SHORT_CODE = r"^(?:[^a-z0-9]*[a-z0-9]){1,4}[^a-z0-9]*$"
OTHER_WORDS = frozenset(
    {
        "aman", "binding protein", "binding proteins", "biologic", "biological", "biologics", "chronic conditions",
        "clinical course", "dissociation", "drug", "drugs", "growth factor", "growth factors", "in complete remission",
        "lead", "luminal", "mace", "muse", "natural products", "oxidase", "recreational drug", "recreational drugs",
        "retinal", "sludge", "soma", "strain", "strains", "ting", "transcriptase",
    }
)  # fmt: skip
"""Terms that mean something else, or nothing in particular, in most sentences: all that were met more than once in the
16,000 sentences and abstracts of ADE-NEG, BC5CDR and PubMedQA, and four-letter brand names that are words."""
NAME_SCHEMA = {"name": pl.String, "ui": pl.String}


def mention_names(
    hierarchy: Hierarchy, branches: tuple[str, ...], chemicals: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the names to look for: lower case, at least four letters, each with one UI.

    Of several UIs that go by a name, a descriptor's own name goes before another descriptor's entry term, this before a
    term of its other concepts, and this before a substance of the articles; then the lower UI. Codes of up to four
    letters and digits are none where they are another concept's (``at 10``, ``p-23``; but ``5-FU``).

    Args:
        chemicals: ui, name of the substances that articles list, supplementary ones (C…) among them. Those of a
            descriptor are taken only where it stands in one of the branches.

    Returns:
        Rows of name, ui, sorted by name.
    """
    found: list[tuple[str, int, str]] = []
    descriptors = hierarchy.descriptors_under(branches)
    for ui in descriptors:
        found.append((hierarchy.name(ui), 0, ui))
        found += ((term, 1, ui) for term in hierarchy.entry_terms(ui))
        found += ((term, 2, ui) for term in hierarchy.other_terms(ui))
    for ui, name in chemicals.select("ui", "name").unique().drop_nulls().iter_rows() if chemicals is not None else ():
        if ui in descriptors or ui not in hierarchy:
            found.append((name, 3, ui))
    rows = pl.DataFrame(found, schema={"name": pl.String, "rank": pl.Int8, "ui": pl.String}, orient="row")
    return (
        rows.with_columns(pl.col("name").str.to_lowercase().str.strip_chars())
        # "Acids, Acyclic" is how an index has it, and no text.
        .filter(
            pl.col("name").str.len_chars() >= FEWEST_LETTERS,
            ~pl.col("name").is_in(OTHER_WORDS),
            ~pl.col("name").str.contains(", ", literal=True),
            ~((pl.col("rank") == 2) & pl.col("name").str.contains(SHORT_CODE) & pl.col("name").str.contains(r"\d")),
        )
        .sort("name", "rank", "ui")
        .unique("name", keep="first", maintain_order=True)
        .select("name", "ui")
    )


def dictionaries_of(
    mentions: Iterable[Mention], hierarchy: Hierarchy, chemicals: pl.DataFrame | None = None
) -> list[Dictionary]:
    """Return each kind with its names.

    Args:
        chemicals: as in ``mention_names``, for the kinds that substances are of.
    """
    return [
        (mention, mention_names(hierarchy, mention.branches, chemicals if mention.substances else None))
        for mention in mentions
    ]
