"""Packets to segments.

In: packets from ``hub``, triggers from ``bus``. Out: files on volumes, then rows in ``catalog``,
``FootageGrew`` on ``bus``. Settings: ``RecordSettings``. Drivers: none of its own (``storage``).
"""
