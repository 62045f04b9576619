"""``vedette bench NAME``: the benchmarks of a source checkout, beside their peers."""

import importlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from vedette.base.errors import ConfigError, NotFound
from vedette.cli.output import speaks_plainly

_CHECKOUT = Path(__file__).resolve().parents[3]


def _available() -> list[str]:
    folder = _CHECKOUT / "bench"
    if not (folder / "__init__.py").exists():
        raise ConfigError(
            "benchmarks live in a source checkout, not in the installed package; "
            "clone the project and run `make bench`"
        )
    return sorted(
        path.stem for path in folder.glob("*.py") if "\ndef main(" in path.read_text("utf-8")
    )


@speaks_plainly
def bench(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Such as record or catalog.")],
) -> None:
    """Run a benchmark; further words are its own options (try --help after the name)."""
    names = _available()
    if name not in names:
        raise NotFound(f"there is no benchmark {name!r}; there are: {', '.join(names)}")
    sys.path.insert(0, str(_CHECKOUT))
    module = importlib.import_module(f"bench.{name}")
    raise typer.Exit(module.main(context.args) or 0)
