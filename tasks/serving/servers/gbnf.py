"""Regular expressions as GBNF, the grammars of llama.cpp (https://github.com/ggml-org/llama.cpp/tree/master/grammars)."""

import re

TOKEN = re.compile(
    r"(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<escape>\\.)|(?P<open>\((?:\?:)?)|(?P<close>\))|(?P<or>\|)"
    r"|(?P<times>(?:[*+?]|\{\d*(?:,\d*)?\})(?![?+]))|(?P<any>\.)|(?P<letter>[^\\\[\](){}|*+?.^$])",
    re.DOTALL,
)
CLASSES = {"s": r" \t\r\n\x0B\x0C", "d": "0-9", "w": "a-zA-Z0-9_"}
CONTROLS = {"n": r"\n", "r": r"\r", "t": r"\t", "f": r"\x0C", "v": r"\x0B"}
QUOTED = {"\n": r"\n", "\r": r"\r", "\t": r"\t", '"': r"\"", "\\": r"\\"}
IN_A_SET = {"[": r"\[", "]": r"\]", "\\": r"\\", "-": r"\x2D", "^": r"\x5E"}


class UnwrittenError(Exception):
    """An expression holds what a grammar can not say: looking around, boundaries, references, lazy repetition."""


def grammar(regex: str) -> str:
    """Return the grammar of the texts that an expression matches whole.

    >>> grammar("(?:not )?associated|[^\\n]{1,3}")
    'root ::= ( "n" "o" "t" " " )? "a" "s" "s" "o" "c" "i" "a" "t" "e" "d" | [^\\\\n]{1,3}'

    Raises:
        UnwrittenError: there is none.
    """
    parts: list[str] = []
    place = 0
    while place < len(regex):
        token = TOKEN.match(regex, place)
        if token is None or (token.lastgroup == "open" and regex.startswith("?", token.end())):
            raise UnwrittenError(f"{regex[place : place + 20]!r} has no counterpart in a grammar")
        _write(parts, str(token.lastgroup), token[0])
        place = token.end()
    _end_of_branch(parts)
    return f"root ::= {' '.join(parts)}"


def _write(parts: list[str], kind: str, text: str) -> None:
    if kind == "times":
        if not parts:
            raise UnwrittenError("a repetition of nothing")
        parts[-1] += "{0" + text[1:] if text.startswith("{,") else text
    elif kind in ("or", "close"):
        _end_of_branch(parts)
        parts.append("|" if kind == "or" else ")")
    else:
        written = {"open": _open, "set": _set, "escape": _escape, "any": _any, "letter": _letter}[kind]
        parts.append(written(text))


def _end_of_branch(parts: list[str]) -> None:
    if not parts or parts[-1] in ("(", "|"):
        parts.append('""')


def _open(_text: str) -> str:
    return "("


def _any(_text: str) -> str:
    return r"[^\n]"


def _letter(letter: str) -> str:
    return f'"{QUOTED.get(letter, letter)}"'


def _escape(text: str) -> str:
    name = text[1]
    if name.lower() in CLASSES:
        return f"[{'^' if name.isupper() else ''}{CLASSES[name.lower()]}]"
    if name in CONTROLS:
        return f'"{CONTROLS[name]}"'
    if name.isalnum():
        raise UnwrittenError(f"{text} has no counterpart in a grammar")
    return _letter(name)


def _set(text: str) -> str:
    inner = text[1:-1]
    negated = "^" if inner.startswith("^") else ""
    letters = re.findall(r"\\.|[^\\]", inner.removeprefix("^"), re.DOTALL)
    return f"[{negated}{''.join(_in_a_set(letter) for letter in letters)}]"


def _in_a_set(letter: str) -> str:
    if len(letter) == 1:
        return QUOTED.get(letter, letter) if letter != "]" else r"\]"
    name = letter[1]
    if name in CLASSES:
        return CLASSES[name]
    if name in CONTROLS:
        return CONTROLS[name]
    if name.isalnum():
        raise UnwrittenError(f"{letter} in a set has no counterpart in a grammar")
    return IN_A_SET.get(name, QUOTED.get(name, name))
