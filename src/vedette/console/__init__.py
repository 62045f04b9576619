"""Serves the built web page.

In: files that ``make web`` put into ``static/``. Out: routes of an ASGI application.
Settings: none. Drivers: none.
"""

from vedette.console.pages import mount_console

__all__ = ["mount_console"]
