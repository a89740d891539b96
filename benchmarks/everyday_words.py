"""Ninety words that people type for diseases, drugs and parts of the body: is the descriptor they mean found first?

    python -m benchmarks.everyday_words [--ade FOLDER]

Each word was written down with the descriptor that it means before anything was looked up; some are no term of MeSH.
"Before" is how names were found until 2026-11: the terms of preferred concepts alone, a name known by its lower-case
letters, and a search by likeness. With a folder of the ADE corpus, also how many of its drug mentions are names of
chemicals and drugs (branch D), and how many of these a sentence is searched for.
"""

import argparse
import json
from pathlib import Path

import polars as pl
from rapidfuzz import fuzz, process, utils
from rich.console import Console
from rich.table import Table

from mesh.hierarchy import Hierarchy, load_hierarchy
from mesh.search import search_descriptors
from tasks.extraction.ade_corpus import POSITIVES
from tasks.extraction.mention_names import DRUG_BRANCHES, mention_names

WORDS = {
    # Diseases and complaints
    "high blood pressure": "Hypertension",
    "stroke": "Stroke",
    "chickenpox": "Chickenpox",
    "shingles": "Herpes Zoster",
    "glandular fever": "Infectious Mononucleosis",
    "lockjaw": "Tetanus",
    "german measles": "Rubella",
    "mad cow disease": "Encephalopathy, Bovine Spongiform",
    "lou gehrig's disease": "Amyotrophic Lateral Sclerosis",
    "hay fever": "Rhinitis, Allergic, Seasonal",
    "pink eye": "Conjunctivitis",
    "athlete's foot": "Tinea Pedis",
    "kidney stones": "Kidney Calculi",
    "gallstones": "Gallstones",
    "hemorrhoids": "Hemorrhoids",
    "acid reflux": "Gastroesophageal Reflux",
    "food poisoning": "Foodborne Diseases",
    "miscarriage": "Abortion, Spontaneous",
    "crib death": "Sudden Infant Death",
    "bedwetting": "Nocturnal Enuresis",
    "nearsightedness": "Myopia",
    "lazy eye": "Amblyopia",
    "ringworm": "Tinea",
    "bird flu": "Influenza in Birds",
    "type 2 diabetes": "Diabetes Mellitus, Type 2",
    "sickle cell anemia": "Anemia, Sickle Cell",
    "lupus": "Lupus Erythematosus, Systemic",
    "leukaemia": "Leukemia",
    "brain tumor": "Brain Neoplasms",
    "throat cancer": "Pharyngeal Neoplasms",
    "eczema": "Eczema",
    "hives": "Urticaria",
    "cold sore": "Herpes Labialis",
    "sleepwalking": "Somnambulism",
    "fainting": "Syncope",
    "nosebleed": "Epistaxis",
    "hiccups": "Hiccup",
    "heart failure": "Heart Failure",
    "blood poisoning": "Sepsis",
    "cot death": "Sudden Infant Death",
    # Drugs by what is printed on the box
    "xanax": "Alprazolam",
    "valium": "Diazepam",
    "zoloft": "Sertraline",
    "ritalin": "Methylphenidate",
    "plavix": "Clopidogrel",
    "coumadin": "Warfarin",
    "lasix": "Furosemide",
    "glucophage": "Metformin",
    "zocor": "Simvastatin",
    "prilosec": "Omeprazole",
    "zantac": "Ranitidine",
    "benadryl": "Diphenhydramine",
    "motrin": "Ibuprofen",
    "herceptin": "Trastuzumab",
    "gleevec": "Imatinib Mesylate",
    "rituxan": "Rituximab",
    "humira": "Adalimumab",
    "ventolin": "Albuterol",
    "flagyl": "Metronidazole",
    "cipro": "Ciprofloxacin",
    # The body
    "windpipe": "Trachea",
    "kneecap": "Patella",
    "collarbone": "Clavicle",
    "shoulder blade": "Scapula",
    "jawbone": "Jaw",
    "womb": "Uterus",
    "voice box": "Larynx",
    "tailbone": "Coccyx",
    "eardrum": "Tympanic Membrane",
    "big toe": "Hallux",
    "armpit": "Axilla",
    "belly button": "Umbilicus",
    "white blood cells": "Leukocytes",
    "red blood cells": "Erythrocytes",
    "wisdom teeth": "Molar, Third",
    # As keyboards, copying and other spellings have them
    "Parkinson\u2019s disease": "Parkinson Disease",
    "M\u00e9ni\u00e8re\u2019s disease": "Meniere Disease",
    "Raynaud\u2019s phenomenon": "Raynaud Disease",
    "Beh\u00e7et\u2019s disease": "Behcet Syndrome",
    "Crohn\u2019s  disease": "Crohn Disease",
    "Down\u2019s syndrome": "Down Syndrome",
    "multiple  sclerosis": "Multiple Sclerosis",
    "non\u2011Hodgkin lymphoma": "Lymphoma, Non-Hodgkin",
    "COVID\u201319": "COVID-19",
    "\u03b2-carotene": "beta Carotene",
    "\u03b1-tocopherol": "alpha-Tocopherol",
    "\u03b3-aminobutyric acid": "gamma-Aminobutyric Acid",
    "TNF-\u03b1": "Tumor Necrosis Factor-alpha",
    "vitamin\u00a0C": "Ascorbic Acid",
    "p\u00e6diatrics": "Pediatrics",
}


def main() -> None:
    """Look every word up both ways and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ade", type=Path, help="a folder with the ADE corpus")
    folder = parser.parse_args().ade
    after = load_hierarchy()
    before = Hierarchy(after.descriptors.drop("other_terms"))
    table = Table("word", "means", "first before", "first after", box=None)
    counts = {"words": len(WORDS), "first_before": 0, "first_after": 0, "known_before": 0, "known_after": 0}
    known = _spoken_before(before)
    terms = _terms_before(before)
    for word, name in WORDS.items():
        [old], new = _search_before(terms, word, 1), search_descriptors(after, word, 1)["name"].to_list()
        found = after.find(word)
        counts["first_before"] += old == name
        counts["first_after"] += new == [name]
        counts["known_before"] += known.get(word.strip().lower()) == name
        counts["known_after"] += found is not None and after.name(found) == name
        table.add_row(word, name, "yes" if old == name else old, "yes" if new == [name] else (new or ["nothing"])[0])
    Console(width=140).print(table)
    named = {f"{when}_{what}": number for when, hierarchy in (("before", before), ("after", after)) if folder
             for what, number in _gold_drugs(hierarchy, folder / POSITIVES).items()}  # fmt: skip
    print(json.dumps(counts | named))


def _spoken_before(hierarchy: Hierarchy) -> dict[str, str]:
    rows = hierarchy.descriptors.select("name", "entry_terms").reverse().iter_rows()
    terms = {term.lower(): name for name, entry_terms in rows for term in entry_terms}
    return terms | {name.lower(): name for name in hierarchy.descriptors["name"]}


def _terms_before(hierarchy: Hierarchy) -> pl.DataFrame:
    names = hierarchy.descriptors.select("ui", "name", term="name")
    entries = hierarchy.descriptors.select("ui", "name", term="entry_terms").explode("term").drop_nulls()
    return pl.concat([names, entries]).with_columns(
        key=pl.col("term").map_elements(utils.default_process, return_dtype=pl.String)
    )


def _search_before(terms: pl.DataFrame, text: str, limit: int) -> list[str]:
    wanted, keys = utils.default_process(text), terms["key"].to_list()
    contained, whole = (
        process.cdist([wanted], keys, scorer=scorer)[0] for scorer in (fuzz.token_set_ratio, fuzz.token_sort_ratio)
    )
    best = terms.with_columns(match=(contained + whole) / 2).sort("match", "ui", descending=[True, False])
    return best.unique("ui", keep="first", maintain_order=True)["name"].head(limit).to_list()


def _gold_drugs(hierarchy: Hierarchy, path: Path) -> dict[str, int]:
    drugs = [line.split("|")[5].strip().lower() for line in path.read_text().splitlines()]
    chemicals = hierarchy.terms.frame.filter(pl.col("ui").is_in(list(hierarchy.descriptors_under(["D"]))))
    known = set(chemicals["term"].str.to_lowercase())
    sought = set(mention_names(hierarchy, DRUG_BRANCHES)["name"])
    return {
        "gold_drugs": len(drugs),
        "gold_drugs_known": sum(drug in known for drug in drugs),
        "gold_drugs_sought": sum(drug in sought for drug in drugs),
    }


if __name__ == "__main__":
    main()
