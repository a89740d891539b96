"""Good questions, made up, with the title of an article that each may be asked of; in good_questions.tsv."""

from pathlib import Path

from tasks.kinds import Kind

LINES = Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8").splitlines()
GOOD = [(Kind(kind), question, title) for kind, question, title in (line.split("\t") for line in LINES[1:])]
