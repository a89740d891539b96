"""Tuning: LoRA adapters for generators and target models, trained with TRL and PEFT, the same on CUDA and on CPUs.

Rows are checked against the tokenizer first (``supervised``, ``pairs``, ``passages``) and split by PMID (``split``).
``launch`` trains in a process of its own, follows its progress and reuses an adapter that stands under its recipe.

| module | runs in | imports torch |
|---|---|---|
| ``fit``, ``trainers``, ``held_out``, ``trace``, ``run`` | the training process | yes |
| all others | the flow's process | no |
"""
