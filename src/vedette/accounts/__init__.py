"""Organisations, the people in them, sessions and tokens.

In: names, passwords, secrets. Out: ``Identity``. Settings: ``AccountSettings``. Drivers: none.
"""
