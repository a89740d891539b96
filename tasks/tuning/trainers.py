"""TRL's trainers for the kinds of training, from our settings."""

import importlib.util
import math
import os
from pathlib import Path
from typing import Any

import polars as pl
import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, BitsAndBytesConfig
from transformers.pytorch_utils import Conv1D
from transformers.utils import is_flash_attn_2_available
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer
from trl.trainer.utils import disable_dropout_in_model

from tasks.errors import DistilleryError
from tasks.logger import logger
from tasks.tokenizer import TEMPLATE_FIELDS
from tasks.tokens import ChatTokens
from tasks.tuning.device import rows_per_pass, steps_per_epoch
from tasks.tuning.job import TrainingJob
from tasks.tuning.lm_head import score_completions_only
from tasks.tuning.packing import in_pieces, keeps_passages_apart
from tasks.tuning.prompt_once import read_prompts_once
from tasks.tuning.settings import LLAMA_LAYERS, AnyTraining, GeneratorDpo, Lora
from tasks.tuning.trace import Trace

COLUMNS = {
    "completion": ["prompt", "completion"],
    "preference": ["prompt", "chosen", "rejected"],
    "text": ["text"],
}
"""What TRL reads, by objective."""
CHECKPOINTS_KEPT = 2

Trainer = SFTTrainer | DPOTrainer


def build_trainer(
    job: TrainingJob, rows: pl.DataFrame, held_out: pl.DataFrame, checkpoints: Path, trace: Trace
) -> Trainer:
    """Return a trainer with the model loaded and an adapter on it that changes nothing yet.

    Raises:
        DistilleryError: 4-bit weights are asked for without bitsandbytes, the model has no layer of a name that the
            adapter is to be on, or the trainer would leave out rows.
    """
    settings = job.settings
    tokens = ChatTokens.load(job.model, job.revision)
    model = _load_model(job)
    given: dict[str, Any] = {
        "model": model,
        "processing_class": tokens.tokenizer,
        "train_dataset": _dataset(rows, settings, tokens),
        "eval_dataset": _dataset(held_out, settings, tokens) if len(held_out) else None,
        "peft_config": _lora_config(settings.lora, _targets(model, settings.lora, job.model_name)),
        "callbacks": [trace],
    }
    score_completions_only()
    shared = _arguments(settings, job.processes, checkpoints)
    if isinstance(settings, GeneratorDpo):
        # The reference must not be noisy; but TRL's disable_dropout would take out the adapter's dropout, too.
        disable_dropout_in_model(model)
        trainer = DPOTrainer(args=DPOConfig(**shared, beta=settings.beta, disable_dropout=False), **given)
        read_prompts_once(trainer.model.get_base_model())
    elif settings.objective == "text" and not keeps_passages_apart(model):
        logger.info("%s lets packed passages attend to each other; each is a sequence of its own", job.model_name)
        given["train_dataset"] = in_pieces(rows, tokens.tokenizer, settings.max_length)
        trainer = SFTTrainer(args=SFTConfig(**shared, completion_only_loss=False), **given)
    else:
        packing = settings.objective == "text"
        config = SFTConfig(
            **shared,
            completion_only_loss=not packing,
            packing=packing,
            packing_strategy="bfd_split",
            eval_packing=False,
        )
        trainer = SFTTrainer(args=config, **given)
    _check_nothing_is_cut_off(trainer, rows, job)
    steps = math.ceil(settings.epochs * steps_per_epoch(len(trainer.train_dataset), settings))
    trainer.args.max_steps = min(settings.most_steps or steps, steps)
    return trainer


def _dataset(rows: pl.DataFrame, settings: AnyTraining, tokens: ChatTokens) -> Dataset:
    """Return what TRL reads of the rows: texts, or conversations as the chat template takes them."""
    read = rows.select(COLUMNS[settings.objective])
    if settings.objective == "text":
        return Dataset.from_polars(read)
    prompts = [tokens.told(prompt) for prompt in read["prompt"].to_list()]
    told = read.with_columns(
        pl.Series("prompt", prompts, dtype=read.schema["prompt"]),
        chat_template_kwargs=pl.struct([pl.lit(value).alias(name) for name, value in TEMPLATE_FIELDS.items()]),
    )
    return Dataset.from_polars(told)


def _check_nothing_is_cut_off(trainer: Trainer, rows: pl.DataFrame, job: TrainingJob) -> None:
    """Compare what TRL made of the rows, token by token, with what they were when they were checked."""
    counts = [name for name in rows.columns if name.endswith("_tokens")]
    expected = sum(int(rows[name].sum()) for name in counts)
    columns = [name for name in ("input_ids", "prompt_ids", "chosen_ids", "rejected_ids")
               if name in trainer.train_dataset.column_names]  # fmt: skip
    found = sum(len(ids) for name in columns for ids in trainer.train_dataset[name])
    if job.settings.objective != "text" and expected != found:
        raise DistilleryError(
            f"TRL made {found:,} tokens of {len(rows):,} rows that were checked to have {expected:,}; check them with "
            f"the tokenizer of {job.model_name} and max_length {job.settings.max_length}"
        )


def _load_model(job: TrainingJob) -> Any:  # noqa: ANN401 - transformers is not typed
    settings, on_gpu = job.settings, torch.cuda.is_available()
    options: dict[str, Any] = {"dtype": getattr(torch, settings.dtype), "revision": job.revision}
    if settings.four_bit:
        if not on_gpu or importlib.util.find_spec("bitsandbytes") is None:
            raise DistilleryError("four_bit needs a GPU and bitsandbytes; install it, or set four_bit to false")
        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=options["dtype"],
        )
        options["device_map"] = {"": local_rank()}
    if on_gpu and settings.dtype == "bfloat16" and is_flash_attn_2_available():
        options["attn_implementation"] = "flash_attention_2"
    return AutoModelForCausalLM.from_pretrained(job.model, **options)


def _targets(model: Any, lora: Lora, name: str) -> list[str] | str:  # noqa: ANN401
    """Return the layers that the adapter is on, as PEFT takes them: those named, or all linear ones.

    The paper's layers are all that a Llama has, and stand for all where a model's have other names.
    """
    kinds = (torch.nn.Linear, Conv1D)  # GPT-2's are of the second
    linear = {path.rsplit(".", 1)[-1] for path, module in model.named_modules() if isinstance(module, kinds)}
    unknown = sorted(set(lora.targets) - linear)
    if unknown and set(lora.targets) != set(LLAMA_LAYERS):
        raise DistilleryError(
            f"lora.targets names {', '.join(unknown)}, which {name} does not have; its linear layers are "
            f"{', '.join(sorted(linear))}"
        )
    if unknown:
        logger.info("%s has no %s; the adapter is on all linear layers but the output", name, ", ".join(unknown))
    return "all-linear" if unknown or not lora.targets else list(lora.targets)


def _lora_config(lora: Lora, targets: list[str] | str) -> LoraConfig:
    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=targets,
        task_type="CAUSAL_LM",
    )


def local_rank() -> int:
    """Return which of this machine's training processes this one is, as the launcher says."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def _arguments(settings: AnyTraining, processes: int, checkpoints: Path) -> dict[str, Any]:
    on_gpu = torch.cuda.is_available()
    at_once = rows_per_pass(settings, processes)
    return {
        "output_dir": str(checkpoints),
        "num_train_epochs": settings.epochs,
        "per_device_train_batch_size": at_once,
        "per_device_eval_batch_size": at_once,
        "gradient_accumulation_steps": settings.effective_batch // (processes * at_once),
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": {"constant": "constant_with_warmup"}.get(settings.schedule, settings.schedule),
        "warmup_steps": settings.warm_up,
        "weight_decay": settings.weight_decay,
        "max_length": settings.max_length,
        "seed": settings.seed,
        "bf16": settings.dtype == "bfloat16",
        "use_cpu": not on_gpu,
        "gradient_checkpointing": settings.gradient_checkpointing,
        "gradient_checkpointing_kwargs": {"use_reentrant": False},
        "ddp_find_unused_parameters": False,
        "dataloader_pin_memory": on_gpu,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "steps",
        "save_steps": settings.checkpoint_every,
        "save_total_limit": CHECKPOINTS_KEPT,
        "report_to": "none",
        "disable_tqdm": True,
    }
