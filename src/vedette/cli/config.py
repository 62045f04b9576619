"""``vedette config check|show|schema``: what is set, and what may be."""

import json
from pathlib import Path
from typing import Annotated

import typer

from vedette.cli.example import example_toml
from vedette.cli.logs import without_userinfo
from vedette.cli.output import out, speaks_plainly
from vedette.settings import Settings, load

config = typer.Typer(no_args_is_help=True, help="Check, show and explain the configuration.")

FileOption = Annotated[Path | None, typer.Option("--config", help="TOML file to read.")]
DataOption = Annotated[Path | None, typer.Option("--data", help="Data folder.")]


@config.command()
@speaks_plainly
def check(file: FileOption = None, data: DataOption = None) -> None:
    """Read the configuration and say whether it can be used."""
    settings = load(file, data=data)
    out.print(f"the configuration is fine; data folder {settings.data.resolve()}")


@config.command()
@speaks_plainly
def show(file: FileOption = None, data: DataOption = None) -> None:
    """Print the configuration in force, defaults included, as JSON."""
    values = without_userinfo(load(file, data=data).model_dump_json())
    out.print_json(values)


@config.command()
@speaks_plainly
def schema() -> None:
    """Print the JSON Schema of the configuration."""
    out.print_json(json.dumps(Settings.model_json_schema()))


@config.command()
@speaks_plainly
def example() -> None:
    """Print every setting with its default, as TOML to copy from."""
    print(example_toml(), end="")  # noqa: T201  data, not talk
