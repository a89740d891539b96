"""Shares with their intervals, to be read."""

from collections.abc import Mapping


def in_percent(interval: Mapping[str, float]) -> str:
    """Return a share (value, low, high) in per cent, as in ``49.8 [45.4, 54.2]``."""
    value, low, high = (100 * interval[name] for name in ("value", "low", "high"))
    return f"{value:.1f} [{low:.1f}, {high:.1f}]"
