"""What PubMed's filters can ask for: languages by its codes and subheadings by MeSH's names, and what people call them.

Languages: https://www.nlm.nih.gov/bsd/language_table.html (MARC, which is ISO 639-2/B); short codes: ISO 639-1.
Subheadings: https://www.nlm.nih.gov/mesh/qualifiers_scopenotes.html
"""

from collections.abc import Iterable

from rapidfuzz import process, utils

NEAREST = 4
LANGUAGES = {
    "afr": ("Afrikaans", "af"), "alb": ("Albanian", "sq"), "amh": ("Amharic", "am"), "ara": ("Arabic", "ar"),
    "arm": ("Armenian", "hy"), "aze": ("Azerbaijani", "az"), "ben": ("Bengali", "bn"), "bos": ("Bosnian", "bs"),
    "bul": ("Bulgarian", "bg"), "cat": ("Catalan", "ca"), "chi": ("Chinese", "zh"), "cze": ("Czech", "cs"),
    "dan": ("Danish", "da"), "dut": ("Dutch", "nl"), "eng": ("English", "en"), "epo": ("Esperanto", "eo"),
    "est": ("Estonian", "et"), "fin": ("Finnish", "fi"), "fre": ("French", "fr"), "geo": ("Georgian", "ka"),
    "ger": ("German", "de"), "gla": ("Scottish Gaelic", "gd"), "gre": ("Greek", "el"), "heb": ("Hebrew", "he"),
    "hin": ("Hindi", "hi"), "hrv": ("Croatian", "hr"), "hun": ("Hungarian", "hu"), "ice": ("Icelandic", "is"),
    "ind": ("Indonesian", "id"), "ita": ("Italian", "it"), "jpn": ("Japanese", "ja"), "kin": ("Kinyarwanda", "rw"),
    "kor": ("Korean", "ko"), "lat": ("Latin", "la"), "lav": ("Latvian", "lv"), "lit": ("Lithuanian", "lt"),
    "mac": ("Macedonian", "mk"), "mal": ("Malayalam", "ml"), "mao": ("Maori", "mi"), "may": ("Malay", "ms"),
    "mul": ("Multiple languages", ""), "nor": ("Norwegian", "no"), "per": ("Persian", "fa"), "pol": ("Polish", "pl"),
    "por": ("Portuguese", "pt"), "pus": ("Pushto", "ps"), "rum": ("Romanian", "ro"), "rus": ("Russian", "ru"),
    "san": ("Sanskrit", "sa"), "slo": ("Slovak", "sk"), "slv": ("Slovenian", "sl"), "spa": ("Spanish", "es"),
    "srp": ("Serbian", "sr"), "swe": ("Swedish", "sv"), "tha": ("Thai", "th"), "tur": ("Turkish", "tr"),
    "ukr": ("Ukrainian", "uk"), "und": ("Undetermined", ""), "urd": ("Urdu", "ur"), "vie": ("Vietnamese", "vi"),
    "wel": ("Welsh", "cy"),
}  # fmt: skip
"""Code: name and short code."""
TERMINOLOGICAL = {
    "sqi": "alb", "hye": "arm", "zho": "chi", "ces": "cze", "nld": "dut", "fra": "fre", "kat": "geo", "deu": "ger",
    "ell": "gre", "isl": "ice", "mkd": "mac", "mri": "mao", "msa": "may", "fas": "per", "ron": "rum", "slk": "slo",
    "cym": "wel",
}  # fmt: skip
"""ISO 639-2 has two codes of these; PubMed has the second one here."""
KNOWN_LANGUAGES = (
    {code: code for code in LANGUAGES}
    | {name.lower(): code for code, names in LANGUAGES.items() for name in names if name}
    | TERMINOLOGICAL
)
QUALIFIERS = {
    "aa": "analogs & derivatives", "ab": "abnormalities", "ad": "administration & dosage", "ae": "adverse effects",
    "ag": "agonists", "ah": "anatomy & histology", "ai": "antagonists & inhibitors", "an": "analysis",
    "bi": "biosynthesis", "bl": "blood", "bs": "blood supply", "cf": "cerebrospinal fluid", "ch": "chemistry",
    "ci": "chemically induced", "cl": "classification", "cn": "congenital", "co": "complications",
    "cs": "chemical synthesis", "cy": "cytology", "de": "drug effects", "df": "deficiency", "dg": "diagnostic imaging",
    "dh": "diet therapy", "di": "diagnosis", "dt": "drug therapy", "ec": "economics", "ed": "education",
    "eh": "ethnology", "em": "embryology", "en": "enzymology", "ep": "epidemiology", "es": "ethics", "et": "etiology",
    "gd": "growth & development", "ge": "genetics", "hi": "history", "im": "immunology", "in": "injuries",
    "ip": "isolation & purification", "ir": "innervation", "is": "instrumentation",
    "lj": "legislation & jurisprudence", "me": "metabolism", "mi": "microbiology", "mo": "mortality", "mt": "methods",
    "nu": "nursing", "og": "organization & administration", "pa": "pathology", "pc": "prevention & control",
    "pd": "pharmacology", "ph": "physiology", "pk": "pharmacokinetics", "po": "poisoning", "pp": "physiopathology",
    "ps": "parasitology", "px": "psychology", "py": "pathogenicity", "re": "radiation effects", "rh": "rehabilitation",
    "rt": "radiotherapy", "sc": "secondary", "sd": "supply & distribution", "sn": "statistics & numerical data",
    "st": "standards", "su": "surgery", "td": "trends", "th": "therapy", "tm": "transmission", "to": "toxicity",
    "tr": "transplantation", "tu": "therapeutic use", "ul": "ultrastructure", "ur": "urine", "ve": "veterinary",
    "vi": "virology",
}  # fmt: skip
"""The 76 of MeSH by PubMed's abbreviations."""
KNOWN_QUALIFIERS = QUALIFIERS | {name: name for name in QUALIFIERS.values()}


def find_language(text: str) -> str:
    """Return PubMed's code of a language: eng for ``eng``, ``en`` or ``English``, in any case.

    Raises:
        ValueError: PubMed has no such language; the message names the nearest ones.
    """
    code = KNOWN_LANGUAGES.get(text.strip().lower())
    if code is None:
        named = [f"{code} ({name})" for code, (name, _) in LANGUAGES.items()]
        raise ValueError(
            f"PubMed has no articles in a language {text!r}; name it by its code: the nearest are "
            + ", ".join(nearest(text, named))
        )
    return code


def find_qualifier(text: str) -> str:
    """Return the name of a subheading that goes by its name or PubMed's abbreviation, in any case.

    Raises:
        ValueError: MeSH has no such subheading; the message names the nearest ones.
    """
    name = KNOWN_QUALIFIERS.get(text.strip().lower().replace(" and ", " & "))
    if name is None:
        near = ", ".join(nearest(text, QUALIFIERS.values()))
        raise ValueError(f"MeSH has no subheading {text!r}; the nearest are: {near}")
    return name


def nearest(text: str, names: Iterable[str]) -> list[str]:
    """Return the few names that are spelt most like a text."""
    return [name for name, *_ in process.extract(text, list(names), processor=utils.default_process, limit=NEAREST)]
