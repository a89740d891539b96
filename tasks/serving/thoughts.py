"""What a reasoning model says, apart from what it thinks."""

BEGIN, END = "<think>", "</think>"


def without_thoughts(text: str) -> str:
    """Return what stands after the last thought; nothing where a thought has not ended.

    A thought need not begin in the text: many chat templates open it at the end of the prompt.
    """
    said = text.rpartition(END)[2]
    return "" if BEGIN in said else said.strip()
