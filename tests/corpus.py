"""Small PubMed files made for the tests."""

from pathlib import Path
from xml.sax.saxutils import escape

NEOPLASMS = (
    ("D001943", "Breast Neoplasms"),
    ("D008175", "Lung Neoplasms"),
    ("D011471", "Prostatic Neoplasms"),
    ("D015179", "Colorectal Neoplasms"),
    ("D008545", "Melanoma"),
    ("D007938", "Leukemia"),
)
THERAPIES = (
    ("D000970", "Antineoplastic Agents"),
    ("D011878", "Radiotherapy"),
    ("D007167", "Immunotherapy"),
    ("D013514", "Surgical Procedures, Operative"),
    ("D004358", "Drug Therapy"),
)


def article(
    pmid: int,
    title: str,
    abstract: str = "",
    headings: tuple[tuple[str, str], ...] = (),
    types: tuple[tuple[str, str], ...] = (("D016428", "Journal Article"),),
    version: int = 1,
    extra: str = "",
) -> str:
    """Return one <PubmedArticle>; the first heading is the major one."""
    mesh = "".join(
        f'<MeshHeading><DescriptorName UI="{ui}" MajorTopicYN="{"N" if place else "Y"}">{escape(name)}</DescriptorName>'
        f'<QualifierName UI="Q000628" MajorTopicYN="N">therapy</QualifierName></MeshHeading>'
        for place, (ui, name) in enumerate(headings)
    )
    kinds = "".join(f'<PublicationType UI="{ui}">{name}</PublicationType>' for ui, name in types)
    text = f"<Abstract><AbstractText>{abstract}</AbstractText></Abstract>" if abstract else ""
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="{version}">{pmid}</PMID>'
        "<Article><Journal><JournalIssue><PubDate><Year>2020</Year><Month>Mar</Month></PubDate></JournalIssue>"
        f"<Title>Journal of Tests</Title></Journal><ArticleTitle>{title}</ArticleTitle>{text}"
        f"<Language>eng</Language><PublicationTypeList>{kinds}</PublicationTypeList></Article>"
        f"<MeshHeadingList>{mesh}</MeshHeadingList>{extra}</MedlineCitation></PubmedArticle>"
    )


def write_set(path: Path, articles: list[str]) -> Path:
    """Write a PubmedArticleSet."""
    path.write_text('<?xml version="1.0"?><PubmedArticleSet>' + "".join(articles) + "</PubmedArticleSet>")
    return path


def write_corpus(path: Path, articles: int = 60) -> Path:
    """Write articles about tumours and their treatment, each with an abstract and three headings."""
    made = []
    for place in range(articles):
        tumour, therapy = NEOPLASMS[place % len(NEOPLASMS)], THERAPIES[place % len(THERAPIES)]
        name, treatment = tumour[1].lower(), therapy[1].lower()
        abstract = (
            f"We treated {20 + place} patients with {name} by {treatment} and followed them for {1 + place % 7} years. "
            f"The disease came back in {5 + place % 30} per cent. Patients over {40 + place % 30} years fared worse, "
            f"and side effects of {treatment} were mild in most."
        )
        title = f"Outcome {place} of {name} after {treatment}"
        made.append(article(1000 + place, title, abstract, (tumour, therapy, ("D006801", "Humans"))))
    return write_set(path, made)
