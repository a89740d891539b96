"""Text of others, made harmless to read: language models and servers may write what a terminal or page obeys."""

import re

CONTROL_PICTURES, DELETE_PICTURE = 0x2400, "\u2421"

# C0 but tab and line feed, DEL, C1, marks and overrides of direction, line and paragraph separators, byte-order mark,
# lone surrogates, interlinear annotation and tag characters: all that shows nothing and changes what is seen.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """Return text with control and bidirectional characters replaced by what shows them: ``␛``, ``⟨U+202E⟩``.

    Tabs and line feeds stay.
    """
    return UNSEEN.sub(_shown, text)


def in_one_line(text: str, longest: int) -> str:
    """Return ``visible`` text on one line, cut off with an ellipsis where it has more than ``longest`` characters."""
    line = " ".join(text[: 10 * longest].split())
    return visible(line if len(line) <= longest else f"{line[: longest - 1]}…")


def _shown(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(CONTROL_PICTURES + code)
    return DELETE_PICTURE if code == 0x7F else f"⟨U+{code:04X}⟩"
