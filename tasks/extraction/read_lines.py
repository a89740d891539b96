"""The lines of a corpus's text file."""

from pathlib import Path

from tasks.errors import DistilleryError
from tasks.text_files import read_text


def read_lines(path: Path, error: type[DistilleryError]) -> list[str]:
    r"""Return the lines of a UTF-8 file; only ``\n`` and ``\r\n`` end one, and the last may do without.

    Args:
        error: what to raise; its message is one sentence that names the file.

    Raises:
        DistilleryError: as ``error``, where the file can not be read, is no UTF-8 or holds nothing.
    """
    lines = [line.removesuffix("\r") for line in read_text(path, error).removesuffix("\n").split("\n")]
    if lines == [""]:
        raise error(f"{path} is empty; expected at least one line")
    return lines
