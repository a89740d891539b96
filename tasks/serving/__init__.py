"""Language models behind vLLM's OpenAI-compatible API: which model, where it is served, and asking it."""
