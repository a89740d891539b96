"""distilabel's ChatGeneration over an endpoint; its pipeline writes Parquet."""

import json
import sys
import time
from pathlib import Path

from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import ChatGeneration


def main() -> None:
    """Ask everything and print what it took."""
    url, prompts, folder, in_flight = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    bodies = [json.loads(line) for line in prompts.read_text().splitlines()]
    began = time.monotonic()
    with Pipeline(name="questions", cache_dir=folder / "cache") as pipeline:
        load = LoadDataFromDicts(data=[{"messages": body["messages"]} for body in bodies], batch_size=in_flight)
        llm = OpenAILLM(
            model=bodies[0]["model"],
            base_url=f"{url}/v1",
            api_key="none",
            generation_kwargs={"max_new_tokens": bodies[0]["max_tokens"], "temperature": 0.0},
        )
        load >> ChatGeneration(llm=llm, input_batch_size=in_flight)
    answers = pipeline.run(use_cache=False)
    answers.save_to_disk(str(folder / "answers"), save_card=False, save_pipeline_config=False, save_pipeline_log=False)
    rows = answers["default"]["train"]
    records = sum(1 for text in rows["generation"] if text)
    print(json.dumps({"records": records, "seconds": time.monotonic() - began}))


if __name__ == "__main__":
    main()
