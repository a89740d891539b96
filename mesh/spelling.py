"""Names as people write them, and the two forms in which they are compared.

``fold`` forgives a keyboard: case, accents, curly apostrophes, dashes, Greek letters and blanks. ``words`` forgives
a hand as well: apostrophes left out, hyphens put in, and spelling as in British English.
"""

import re
import unicodedata

ALPHABET = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "ο": "omicron", "π": "pi", "ρ": "rho",
    "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
LETTERS = {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
"""What stands for letters that are no base with an accent, so that decomposition leaves them."""
APOSTROPHES = "‘’‛′‵ʹʻʼʽˈ´`"
SIGNS = str.maketrans({**dict.fromkeys(APOSTROPHES, "'"), "−": "-", "⁃": "-", "\u00ad": None, **LETTERS})
NAMED = str.maketrans(ALPHABET)
APART = str.maketrans({letter: f" {name} " for letter, name in ALPHABET.items()})
RUN = re.compile(r"\d+|[^\W\d_]+")
VOWELS = re.compile(r"[ao]e|(?<=o)u(?=r)")

TAG = re.compile(r"\s*\[\s*(?:mesh|mesh terms?|mh)\s*\]$", re.IGNORECASE)
ADDRESS = re.compile(r"https?://\S*[/=#:](?P<name>[a-z]\d[\d.]*?)(?:\.html?)?/?", re.IGNORECASE)
CODED = re.compile(r"(?:[^()\[\]]*\s)?[(\[](?P<name>[A-Z]\d\d(?:\.\d{3})*|D\d{6,9})[)\]]", re.IGNORECASE)
CURIE = re.compile(r"(?:mesh|msh)\s*:\s*(?P<name>\S.*)", re.IGNORECASE)
QUOTED = re.compile(r"[\"“„«'‘](?P<name>.*)[\"”“»'’]", re.DOTALL)


def bare(text: str) -> str:
    """Return the name, UI or tree number that a text is about.

    Quotation marks, PubMed's tag (``Heart Failure[Mesh]``), a prefix (``MESH:D009369``), an address that ends in a UI
    or tree number (``http://id.nlm.nih.gov/mesh/D009369``), a name before one (``Neoplasms (C04)``, as this package
    writes it) and a full stop at the end are no part of it.
    """
    name = TAG.sub("", text.strip()).strip()
    for form in (QUOTED, ADDRESS, CURIE, CODED):
        if written := form.fullmatch(name):
            name = written["name"].strip()
    return name.rstrip(". ")


def fold(text: str) -> str:
    """Return the form in which names are the same but for how they were typed.

    Lower case without accents (NFKD), a straight apostrophe and one hyphen for every kind of either, Greek letters by
    their names, single blanks. Folding twice is folding once.
    """
    return " ".join((text.lower() if text.isascii() else _plain(text).translate(NAMED)).split())


def words(text: str) -> str:
    """Return the words alone, with a blank between them and between letters and digits.

    ``Non-Hodgkin's`` becomes ``non hodgkins``, ``TNF-α`` ``tnf alpha``, ``COVID19`` ``covid 19``, ``Haemorrhage``
    ``hemorrhage``, ``Tumour`` ``tumor``. A key to compare by, not to show.
    """
    plain = text.lower() if text.isascii() else _plain(text).translate(APART)
    return VOWELS.sub(_american, " ".join(RUN.findall(plain.replace("'", ""))))


def _plain(text: str) -> str:
    """Return text in lower case without accents, with plain apostrophes and hyphens."""
    signed = unicodedata.normalize("NFC", text).translate(SIGNS)
    folded = unicodedata.normalize("NFKD", signed).casefold().translate(SIGNS)
    return "".join(map(_character, unicodedata.normalize("NFKD", folded)))


def _character(character: str) -> str:
    category = unicodedata.category(character)
    if category.startswith("M") or category == "Cf":
        return ""
    return "-" if category == "Pd" else character


def _american(vowels: re.Match[str]) -> str:
    return "" if vowels.group() == "u" else "e"
