"""Processes that a benchmark starts beside itself."""

import json
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Self

_STOP_S = 10.0


def end(process: subprocess.Popen[str], *, ask: bool = True) -> None:
    """Wait until a process has ended; kill it when it takes more than 10 s.

    Args:
        process: Anything that ends when its standard input closes.
        ask: Send it SIGTERM first.
    """
    if ask:
        process.terminate()
    try:
        process.communicate(timeout=_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


class Served:
    """A module in a process of its own that prints ``{"url": ...}`` once it serves.

    Args:
        what: How the error calls it.
        module: Run with ``python -m``.
        arguments: Of the module.

    Attributes:
        url: Where it serves; empty before.
    """

    def __init__(self, what: str, module: str, arguments: Sequence[str]) -> None:
        self._what = what
        self._command = [sys.executable, "-m", module, *arguments]
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    @property
    def pid(self) -> int:
        """Of the process; 0 before and after."""
        return self._process.pid if self._process else 0

    def __enter__(self) -> Self:
        self._process = process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            self.__exit__(None, None, None)
            raise RuntimeError(f"{self._what} did not start")
        self.url = json.loads(line)["url"]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        process, self._process = self._process, None
        if process is not None:
            end(process)
