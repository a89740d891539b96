"""What the tests of asking have in common."""

import json
from typing import Any

from tasks.serving.request import Request


def ask(text: str, **options: Any) -> Request:
    return Request([{"role": "user", "content": text}], **{"max_tokens": 64, **options})


def error(message: str, **beside: object) -> str:
    """Return a failure as OpenAI's API words it."""
    return json.dumps({"error": {"message": message, **beside}})
