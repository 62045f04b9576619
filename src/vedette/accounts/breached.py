"""Passwords that are known to attackers, looked up in a sorted file on this machine.

Such lists are distributed as one SHA-1 in hexadecimal a line, sorted, often with ``:`` and a count
behind it; some hold a thousand million lines. The file is searched by halving, never loaded, and
nothing is asked of anybody else. SHA-1 is how the lists name passwords; none is stored by it.
"""

import asyncio
import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from vedette.base.errors import BadRequest, ConfigError

_DIGITS = 40
_LONGEST_LINE = 100


class BreachedPasswords:
    """Looks passwords up in one file, which may be replaced while Vedette runs.

    Args:
        file: None knows no password.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file

    async def check(self, password: str) -> None:
        """Refuse a password that is on the list.

        Raises:
            BadRequest: It is; the message does not repeat it.
            ConfigError: The file cannot be read, or is no such list.
        """
        if self._file is not None and await asyncio.to_thread(_holds, self._file, password):
            raise BadRequest(
                "the password is on a list of passwords that attackers know and try first; "
                "choose another"
            )


def _holds(file: Path, password: str) -> bool:
    wanted = hashlib.sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False)
    try:
        with file.open("rb") as lines:
            return _search(lines, os.fstat(lines.fileno()).st_size, wanted.hexdigest())
    except (OSError, ValueError):
        raise ConfigError(
            f"the list of breached passwords {file} cannot be read or is not one; it holds one "
            "SHA-1 in hexadecimal a line, sorted"
        ) from None


def _search(lines: BinaryIO, size: int, wanted: str) -> bool:
    """Halve the bytes until one line is left.

    ``low`` is always the start of a line; ``high`` the start of one whose hash is greater or equal,
    or the end.
    """
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        start = _line_start(lines, middle, low)
        lines.seek(start)
        line = lines.readline(_LONGEST_LINE)
        found = _hash_of(line)
        if found == wanted:
            return True
        if found < wanted:
            low = start + len(line)
        else:
            high = start
    return False


def _line_start(lines: BinaryIO, position: int, low: int) -> int:
    """The start of the line that a position lies in; ``low`` is one at or before it."""
    begin = max(low, position - _LONGEST_LINE)
    lines.seek(begin)
    before = lines.read(position - begin)
    newline = before.rfind(b"\n")
    if newline >= 0:
        return begin + newline + 1
    if begin > low:
        raise ValueError("a line is too long")
    return low


def _hash_of(line: bytes) -> str:
    """The hash at the start of a line.

    Raises:
        ValueError: There is none.
    """
    digits = line[:_DIGITS].decode("ascii").lower()
    if len(digits) < _DIGITS:
        raise ValueError("a line is too short")
    int(digits, 16)
    return digits
