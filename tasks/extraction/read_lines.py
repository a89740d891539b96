"""The lines of a corpus's text file."""

from pathlib import Path

from tasks.errors import DistilleryError


def read_lines(path: Path, error: type[DistilleryError]) -> list[str]:
    r"""Return the lines of a UTF-8 file; only ``\n`` and ``\r\n`` end one, and the last may do without.

    Args:
        error: what to raise; its message is one sentence that names the file.

    Raises:
        DistilleryError: as ``error``, where the file can not be read, is no UTF-8 or holds nothing.
    """
    try:
        content = path.read_bytes().decode("utf-8")
    except OSError as cause:
        raise error(f"{path} can not be read ({cause.strerror}); expected a text file") from cause
    except UnicodeDecodeError as cause:
        line = cause.object.count(b"\n", 0, cause.start) + 1
        raise error(f"{path} line {line}: expected UTF-8 text, found byte {cause.object[cause.start]:#04x}") from cause
    lines = [line.removesuffix("\r") for line in content.removesuffix("\n").split("\n")]
    if lines == [""]:
        raise error(f"{path} is empty; expected at least one line")
    return lines
