"""datatrove's InferenceRunner over an endpoint, written as JSON lines."""

import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from datatrove.data import Document
from datatrove.pipeline.inference.run_inference import InferenceConfig, InferenceRunner
from datatrove.pipeline.writers import JsonlWriter
from loguru import logger


async def roll_out(document: Document, generate: Callable[[dict[str, Any]], Awaitable[Any]]) -> dict[str, str]:
    """Ask for what a document stands for."""
    body = document.metadata["body"]
    result = await generate({"messages": body["messages"], "max_tokens": body["max_tokens"], "temperature": 0.0})
    return {"text": result.text, "finish_reason": result.finish_reason}


def main() -> None:
    """Ask everything and print what it took."""
    url, prompts, folder, in_flight = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    bodies = [json.loads(line) for line in prompts.read_text().splitlines()]
    began = time.monotonic()
    documents = (Document(text="", id=str(place), metadata={"body": body}) for place, body in enumerate(bodies))
    config = InferenceConfig(
        server_type="endpoint",
        endpoint_url=url,
        model_name_or_path=bodies[0]["model"],
        max_concurrent_generations=in_flight,
        server_ready_delay_sec=0.1,
    )
    runner = InferenceRunner(roll_out, config, JsonlWriter(str(folder), compression=None))
    runner.run(documents)
    seconds = time.monotonic() - began
    records = sum(len(file.read_text().splitlines()) for file in folder.rglob("*.jsonl"))
    print(json.dumps({"records": records, "seconds": seconds}))


if __name__ == "__main__":
    main()
