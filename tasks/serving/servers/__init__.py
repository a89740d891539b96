"""Kinds of servers: how each is asked, what it can hold a model to, and how it is known again. A kind is a file.

| kind | JSON schema | choice, pattern | log-probabilities | longest prompt from |
|---|---|---|---|---|
| vllm | response_format | structured_outputs | 20 | /v1/models |
| sglang | response_format | regex | 20 | /v1/models, /get_server_info |
| llama.cpp | response_format | grammar | 20 | /props |
| llama-cpp-python | response_format with the schema | grammar | 20, with logits_all | - |
| ollama | response_format | in words | 20 | /api/ps, /api/show |
| lm-studio | response_format | in words | - | /api/v0/models |
| tgi | response_format of its own | the same | 5 | /info |
| transformers | in words | in words | - | - |
| openai, openai-batch | response_format | in words | 20 | - |
| chat-completions | response_format | in words | 20 | the list of models, where it tells |

What is asked in words, and all else, is checked on return. What a server refuses by name is left out afterwards; see
``tasks.serving.negotiate``.
"""
