"""Loss on the rows held out, per completion token, the same for an adapter and for the model without it."""

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import logsigmoid
from torch.utils.data import DataLoader

from tasks.tuning.report import HeldOutLoss
from tasks.tuning.trainers import Trainer

SUMS = ("loss", "tokens", "rejected_loss", "rejected_tokens", "pair_loss", "margin", "correct", "rows")
INPUTS = (
    "input_ids",
    "attention_mask",
    "position_ids",
    "cu_seq_lens_q",
    "cu_seq_lens_k",
    "max_length_q",
    "max_length_k",
)


@dataclass(frozen=True, slots=True)
class _Scored:
    """Sums of log-probabilities and numbers of tokens, one entry per sequence."""

    log_probs: torch.Tensor
    tokens: torch.Tensor


def held_out_loss(trainer: Trainer) -> HeldOutLoss | None:
    """Return the loss of the trainer's model as it is now on the rows held out; None where there are none.

    Every process takes its share of the rows.
    """
    dataset: Any = trainer.eval_dataset
    if dataset is None or len(dataset) == 0:
        return None
    accelerator, beta = trainer.accelerator, getattr(trainer.args, "beta", None)
    mine = dataset.select(range(accelerator.process_index, len(dataset), accelerator.num_processes))
    batches = DataLoader(mine, trainer.args.per_device_eval_batch_size, collate_fn=_collator(trainer))
    sums = torch.zeros(len(SUMS), dtype=torch.float64, device=accelerator.device)
    model = trainer.model
    was_training = model.training
    model.eval()
    with torch.no_grad(), accelerator.autocast():
        for batch in batches:
            moved = {name: _moved(value, accelerator.device) for name, value in batch.items()}
            sums += (_sums(model, moved) if beta is None else _pair_sums(model, moved, beta)).to(sums)
    model.train(was_training)
    found = dict(zip(SUMS, accelerator.reduce(sums, "sum").tolist(), strict=True))
    return _pair_loss(found) if beta is not None else _token_loss(found, trainer.args.completion_only_loss)


def _collator(trainer: Trainer) -> Any:  # noqa: ANN401 - TRL's own
    columns = trainer.train_dataset.column_names

    def collate(examples: list[dict[str, Any]]) -> dict[str, Any]:
        kept = [{name: value for name, value in example.items() if name in columns} for example in examples]
        collated: dict[str, Any] = trainer.data_collator(kept)
        return {**collated, "rows": len(examples)}

    return collate


def _moved(value: Any, device: torch.device) -> Any:  # noqa: ANN401
    return value.to(device) if isinstance(value, torch.Tensor) else value


def _sums(model: Any, batch: dict[str, Any]) -> torch.Tensor:  # noqa: ANN401
    output = _output(model, batch, batch["labels"])
    mask = output.label_mask
    exact = (output.is_top1.bool() | ~mask).all(-1) & mask.any(-1)
    return _row(loss=-output.log_probs.float().sum(), tokens=mask.sum(), correct=exact.sum(), rows=batch["rows"])


def _pair_sums(model: Any, batch: dict[str, Any], beta: float) -> torch.Tensor:  # noqa: ANN401
    labels = batch["input_ids"].masked_fill(batch["completion_mask"] == 0, -100)
    policy = _score(model, batch, labels)
    with model.disable_adapter():
        reference = _score(model, batch, labels)
    chosen, rejected = policy.log_probs.chunk(2)
    rewards = beta * (policy.log_probs - reference.log_probs)
    chosen_rewards, rejected_rewards = rewards.chunk(2)
    margins = chosen_rewards - rejected_rewards
    chosen_tokens, rejected_tokens = policy.tokens.chunk(2)
    return _row(
        loss=-chosen.sum(),
        tokens=chosen_tokens.sum(),
        rejected_loss=-rejected.sum(),
        rejected_tokens=rejected_tokens.sum(),
        pair_loss=-logsigmoid(margins).sum(),
        margin=margins.sum(),
        correct=(margins > 0).sum(),
        rows=batch["rows"],
    )


def _score(model: Any, batch: dict[str, Any], labels: torch.Tensor) -> _Scored:  # noqa: ANN401
    output = _output(model, batch, labels)
    return _Scored(output.log_probs.float().sum(-1), output.label_mask.sum(-1))


def _output(model: Any, batch: dict[str, Any], labels: torch.Tensor) -> Any:  # noqa: ANN401
    inputs = {name: batch[name] for name in INPUTS if name in batch}
    return model(**inputs, labels=labels, use_cache=False, fused_lm_head=True)


def _row(**sums: torch.Tensor | int) -> torch.Tensor:
    return torch.tensor([float(sums.get(name, 0)) for name in SUMS], dtype=torch.float64)


def _token_loss(sums: dict[str, float], completions: bool) -> HeldOutLoss:
    exact = {"exact": sums["correct"] / sums["rows"]} if completions else {}
    return HeldOutLoss(**_counted(sums), **exact)


def _pair_loss(sums: dict[str, float]) -> HeldOutLoss:
    rows = sums["rows"]
    return HeldOutLoss(
        **_counted(sums),
        rejected_per_token=sums["rejected_loss"] / sums["rejected_tokens"],
        pair_loss=sums["pair_loss"] / rows,
        margin=sums["margin"] / rows,
        accuracy=sums["correct"] / rows,
    )


def _counted(sums: dict[str, float]) -> dict[str, Any]:
    tokens = sums["tokens"]
    return {"rows": int(sums["rows"]), "tokens": int(tokens), "per_token": sums["loss"] / tokens}
