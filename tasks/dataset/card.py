"""The dataset card: what is in the folder, how to load it and where it comes from."""

CARD = """---
configs:
- config_name: sft
  data_files: sft.parquet
  default: true
- config_name: cpt
  data_files: cpt.parquet
- config_name: preferences
  data_files: preferences.parquet
- config_name: evaluator
  data_files: evaluator.parquet
tags: [biology, medicine, synthetic]
---

# {branch}, distilled from PubMed

| config | records | one record is |
|---|---|---|
| `sft` | {sft} | a conversation: contexts and a question, then yes, no or maybe and a sentence or two |
| `cpt` | {cpt} | a passage: an abstract, its question's contexts and the question |
| `preferences` | {preferences} | a prompt with the better and the worse question, by MeSH score or evaluator |
| `evaluator` | {evaluator} | two questions with the titles that they find, and which is better: 1 or 2 |

```python
from datasets import load_dataset
load_dataset("path/of/this/folder", "sft", split="train")
```

The `.jsonl` files hold the same records. Every record names its PMIDs (`pmids`, the source first), its question and the
tables that it comes from (`recipes`); `recipes.json` holds those in full, `policy.json` the generator that preferences
are for, `checksums.json` the SHA-256 of every file.

Questions and answers were written by language models (`models`) and checked by no person. No record holds an article of
PubMedQA's labelled set (PQA-L). Abstracts: courtesy of the U.S. National Library of Medicine; their copyright may rest
with the publishers, so check the rights before you pass the text on.
"""


def card(branch: str, counts: dict[str, int]) -> str:
    """Return the card (Markdown with the metadata that ``datasets`` reads)."""
    return CARD.format(branch=branch, **{kind: f"{count:,}" for kind, count in counts.items()})
