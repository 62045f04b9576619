"""The ``vedette`` command, one file per subcommand."""

import typer

from vedette.cli.bench import bench
from vedette.cli.camera import camera
from vedette.cli.config import config
from vedette.cli.demo import demo
from vedette.cli.doctor import doctor
from vedette.cli.export import export, verify_export
from vedette.cli.footage import footage
from vedette.cli.organisation import organisation
from vedette.cli.person import person, token
from vedette.cli.run import run, worker
from vedette.cli.verify import verify

__all__ = ["application", "main"]

application = typer.Typer(
    name="vedette",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Open video surveillance: cameras in, footage kept and proven, seen in a browser.",
)
application.command()(run)
application.command()(demo)
application.add_typer(camera, name="camera")
application.command()(footage)
application.command()(verify)
application.command()(export)
application.command()(verify_export)
application.command()(doctor)
application.add_typer(config, name="config")
application.add_typer(organisation, name="organisation")
application.add_typer(person, name="person")
application.add_typer(token, name="token")
application.command(
    context_settings={
        "allow_extra_args": True,
        "ignore_unknown_options": True,
        "help_option_names": [],
    }
)(bench)
application.command(hidden=True)(worker)


def main() -> None:
    """Run the command line."""
    application()
