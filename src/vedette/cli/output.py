"""How the command line speaks: plain sentences, JSON lines where scripts want them, exit codes."""

import json
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import typer
from rich.console import Console

from vedette.base.errors import (
    BadRequest,
    ConfigError,
    Conflict,
    NotFound,
    Refused,
    SourceLost,
    StorageError,
    VedetteError,
)

P = ParamSpec("P")
R = TypeVar("R")

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class Exit(IntEnum):
    """What the exit code of ``vedette`` means; listed in docs/reference/cli.md."""

    OK = 0
    FAILED = 1  # a fault of ours, or something found wrong by verify or doctor
    USAGE = 2  # the words of the command are off
    CONFIG = 3  # the configuration cannot be used
    NOT_FOUND = 4  # no such camera, person or file
    CONFLICT = 5  # it exists already, or is in use
    STORAGE = 6  # a volume cannot be used
    CAMERA = 7  # a camera could not be reached or understood
    REFUSED = 8  # not allowed
    INTERRUPTED = 130  # Ctrl-C


_CODES: tuple[tuple[type[VedetteError], Exit], ...] = (
    (ConfigError, Exit.CONFIG),
    (NotFound, Exit.NOT_FOUND),
    (Conflict, Exit.CONFLICT),
    (Refused, Exit.REFUSED),
    (BadRequest, Exit.USAGE),
    (SourceLost, Exit.CAMERA),
    (StorageError, Exit.STORAGE),
)


def exit_code(error: VedetteError) -> Exit:
    """The code that a deliberate error ends with."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), Exit.FAILED)


def speaks_plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn a deliberate error into one sentence on stderr and its exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except VedetteError as error:
            err.print(f"[bold red]vedette:[/] {error}", markup=True)
            raise typer.Exit(exit_code(error)) from None
        except KeyboardInterrupt:
            raise typer.Exit(Exit.INTERRUPTED) from None

    return run


def print_json_line(record: dict[str, Any]) -> None:
    """One object on one line, for scripts."""
    print(json.dumps(record, ensure_ascii=False, separators=(",", ":")))  # noqa: T201  data, not talk
