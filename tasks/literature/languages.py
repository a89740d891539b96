"""The languages of PubMed's articles: its codes, and what else people call them.

Codes: https://www.nlm.nih.gov/bsd/language_table.html (MARC, which is ISO 639-2/B); short ones: ISO 639-1.
"""

from rapidfuzz import process, utils

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
KNOWN = (
    {code: code for code in LANGUAGES}
    | {name.lower(): code for code, names in LANGUAGES.items() for name in names if name}
    | TERMINOLOGICAL
)


def find_language(text: str) -> str:
    """Return PubMed's code of a language: eng for ``eng``, ``en`` or ``English``, in any case.

    Raises:
        ValueError: PubMed has no such language; the message names the nearest ones.
    """
    code = KNOWN.get(text.strip().lower())
    if code is None:
        names = {code: f"{code} {name}" for code, (name, _) in LANGUAGES.items()}
        nearest = process.extract(text, names, processor=utils.default_process, limit=4)
        raise ValueError(
            f"PubMed has no articles in a language {text!r}; name it by its code: the nearest are "
            + ", ".join(f"{code} ({LANGUAGES[code][0]})" for _, _, code in nearest)
        )
    return code
