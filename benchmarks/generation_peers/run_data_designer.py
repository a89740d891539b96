"""NVIDIA NeMo Data Designer: a text column over a seed dataset; it writes Parquet.

It takes one prompt and a system message, no conversation: the turns between stand in the prompt, as text.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ |= {"NEMO_TELEMETRY_ENABLED": "false"}

import data_designer.config as dd
import pandas
from data_designer.interface import DataDesigner


def main() -> None:
    """Ask everything and print what it took."""
    url, prompts, folder, in_flight = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    bodies = [json.loads(line) for line in prompts.read_text().splitlines()]
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    texts = ["\n\n".join(turn["content"] for turn in body["messages"][1:]) for body in bodies]
    provider = dd.ModelProvider(name="local", endpoint=f"{url}/v1", api_key="none")
    model = dd.ModelConfig(
        alias="model",
        model=bodies[0]["model"],
        provider="local",
        inference_parameters=dd.ChatCompletionInferenceParams(
            max_parallel_requests=in_flight, max_tokens=bodies[0]["max_tokens"], temperature=0.0
        ),
    )
    designer = DataDesigner(artifact_path=folder, model_providers=[provider])
    designer.set_run_config(dd.RunConfig(otel_metrics_port=None))
    config = dd.DataDesignerConfigBuilder(model_configs=[model])
    config.with_seed_dataset(dd.DataFrameSeedSource(df=pandas.DataFrame({"asked": texts})))
    system = bodies[0]["messages"][0]["content"]
    config.add_column(
        dd.LLMTextColumnConfig(name="question", prompt="{{ asked }}", system_prompt=system, model_alias="model")
    )
    answers = designer.create(config, num_records=len(bodies)).load_dataset()
    print(json.dumps({"records": len(answers), "seconds": time.monotonic() - began}))


if __name__ == "__main__":
    main()
