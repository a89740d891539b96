"""A local server that answers yes/no questions with repeatable probabilities, as vLLM does."""

import hashlib
import json
from math import log

from tests.fake_llm import FakeLlm


class FakeExaminee(FakeLlm):
    """Knows nothing of any question: its preferences are a hash of what it was asked."""

    def reply(self, body: dict) -> str:
        words = body.get("structured_outputs", {}).get("choice")
        if words:
            weights = self.weights(body, words)
            return max(weights, key=weights.__getitem__)
        weights = self.weights(body, ["yes", "no", "maybe", "nothing"])
        said = max(weights, key=weights.__getitem__)
        return "It is hard to say." if said == "nothing" else f"Evidence points one way.\nAnswer: {said.capitalize()}."

    def weights(self, body: dict, words: list[str]) -> dict[str, float]:
        """Return a weight above 0 for each word; they add up to 1."""
        asked = json.dumps(body["messages"][-1])
        marks = [1 + hashlib.sha256(f"{asked}{word.lower()}".encode()).digest()[0] for word in words]
        return {word: mark / sum(marks) for word, mark in zip(words, marks, strict=True)}

    def tokens(self, body: dict, text: str) -> list[dict]:
        """Return the word as one token, beside the first tokens of all words: each whole, or its first letter."""
        weights = self.weights(body, body["structured_outputs"]["choice"])
        parts = [(word, 0.75 * weight) for word, weight in weights.items()]
        parts += [(word[0], 0.25 * weight) for word, weight in weights.items()]
        top = [{"token": token, "logprob": log(weight)} for token, weight in parts]
        chosen = next(token for token in top if token["token"] == text)
        return [{**chosen, "top_logprobs": top}, {"token": "<end>", "logprob": 0.0, "top_logprobs": []}]
