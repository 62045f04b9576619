"""The ``vedette`` command, one file per subcommand."""


def main() -> None:
    """Run the command line."""
