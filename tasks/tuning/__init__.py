"""Tuning: LoRA adapters for generators and target models, trained with TRL and PEFT, the same on CUDA and on CPUs.

Rows are checked against the tokenizer first (``supervised``, ``pairs``, ``passages``) and split by PMID (``split``).
``launch`` trains in a process of its own, follows its progress and reuses an adapter that stands under its recipe.

| module | runs in | torch |
|---|---|---|
| ``fit``, ``trainers``, ``held_out``, ``trace``, ``run`` | the training process | imported |
| ``tokens``, ``base`` | the flow's process | imported when a tokenizer is loaded, or an adapter merged |
| all others | the flow's process | never |
"""
