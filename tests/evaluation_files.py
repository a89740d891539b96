"""Files of PubMedQA and BioASQ with a few items made up for tests."""

import json
from pathlib import Path

URL = "http://www.ncbi.nlm.nih.gov/pubmed/"
DECISIONS = ("yes", "no", "yes", "maybe", "yes", "no")


def write_pubmedqa(path: Path, items: int = 6, **changes: object) -> Path:
    """Write items 101, 102, … with the decisions of ``DECISIONS`` in turn."""
    content = {}
    for place in range(items):
        content[str(101 + place)] = {
            "QUESTION": f"Do bees of hive {place} sleep?",
            "CONTEXTS": [f"We watched hive {place}.", "Some <b>slept</b>."],
            "LABELS": ["METHODS", "RESULTS"],
            "MESHES": ["Humans", "Bees", "Sleep" if place % 2 else "Wakefulness"],
            "YEAR": str(2009 + place % 2),
            "reasoning_required_pred": "yes",
            "reasoning_free_pred": "yes",
            "final_decision": DECISIONS[place % len(DECISIONS)],
            "LONG_ANSWER": "Most bees sleep.",
            **changes,
        }
    path.write_text(json.dumps(content))
    return path


def write_bioasq(path: Path) -> Path:
    """Write two yes/no questions with answers, one without, and one of another type."""

    def question(key: str, kind: str, answer: object) -> dict:
        texts = ((7, "They sleep at night.", "abstract"), (9, "Bees rest.", "abstract"), (7, "Sleep in bees", "title"))
        snippets = [
            {"document": f"{URL}{pmid}", "text": text, "beginSection": section, "offsetInBeginSection": 0}
            for pmid, text, section in texts
        ]
        asked = {"id": key, "type": kind, "body": f"Do bees sleep in {key}?", "documents": [f"{URL}7", f"{URL}9"]}
        return {**asked, "snippets": snippets, "exact_answer": answer, "ideal_answer": ["They do."]}

    kinds = [("q1", "yesno", "yes"), ("q2", "yesno", "No"), ("q3", "yesno", None), ("q4", "factoid", [["bees"]])]
    path.write_text(json.dumps({"questions": [question(*kind) for kind in kinds]}))
    return path
