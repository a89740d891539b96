"""Durations in words."""


def spoken(seconds: float) -> str:
    """Return a duration in words: ``45 s``, ``2 min 24 s``, ``3 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
