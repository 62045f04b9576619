"""``python -m vedette.cli``: the same as ``vedette``, for processes that start processes."""

from vedette.cli import main

main()
