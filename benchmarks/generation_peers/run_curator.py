"""Bespoke Curator's LLM over an endpoint; it keeps requests, answers and an Arrow file in its working folder."""

import json
import os
import sys
import time
from importlib.util import find_spec
from pathlib import Path

os.environ |= {"TELEMETRY_ENABLED": "false", "CURATOR_VIEWER": "0", "CURATOR_DISABLE_RICH_DISPLAY": "1"}
os.environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "OPENAI_API_KEY": "none"}
# It counts tokens by a vocabulary that is fetched, and that one of its dependencies ships.
os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(find_spec("litellm").origin).parent / "litellm_core_utils" / "tokenizers")

from bespokelabs import curator
from datasets import Dataset


class Questions(curator.LLM):
    """Asks for what a row holds."""

    def prompt(self, row: dict[str, str]) -> list[dict[str, str]]:
        """Return the conversation of a row."""
        return json.loads(row["messages"])

    def parse(self, row: dict[str, str], response: str) -> dict[str, str]:
        """Return the answer alone."""
        return {"answer": response}


def main() -> None:
    """Ask everything and print what it took."""
    url, prompts, folder, in_flight = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    bodies = [json.loads(line) for line in prompts.read_text().splitlines()]
    began = time.monotonic()
    asked = Dataset.from_list([{"messages": json.dumps(body["messages"])} for body in bodies])
    ask = Questions(
        model_name=bodies[0]["model"],
        backend="openai",
        generation_params={"max_tokens": bodies[0]["max_tokens"], "temperature": 0.0},
        backend_params={
            "base_url": f"{url}/v1",
            "max_concurrent_requests": in_flight,
            "max_requests_per_minute": 10_000_000,
            "max_tokens_per_minute": 100_000_000_000,
        },
    )
    answers = ask(asked, working_dir=str(folder)).dataset
    print(json.dumps({"records": len(answers), "seconds": time.monotonic() - began}))


if __name__ == "__main__":
    main()
