"""Gates: which questions may compete. One rule is one function, ``registry`` says in which order they are asked.

The MeSH score alone pays a generator for reciting its source, so a question has to be one before it is compared.
"""

from tasks.questions.gates.candidates import example_texts, pass_gates, wanted_candidates
from tasks.questions.gates.copying import copied_share
from tasks.questions.gates.settings import GateName, Gates

__all__ = ["GateName", "Gates", "copied_share", "example_texts", "pass_gates", "wanted_candidates"]
