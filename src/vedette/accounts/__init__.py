"""Organisations, the people in them, sessions and tokens.

In: names, passwords, secrets. Out: ``Identity``. Settings: ``AccountSettings``. Drivers: none.
"""

from vedette.accounts.service import Accounts
from vedette.accounts.settings import AccountSettings

__all__ = ["AccountSettings", "Accounts"]
