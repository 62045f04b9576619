"""The one event log: append, chain, query, verify.

In: events of any stage. Out: entries by time, kind, place, person and text; a proof that none was
altered. Settings: none. Drivers: none, the tables are the same on SQLite and PostgreSQL.
"""

from vedette.journal.ports import EventQuery, Journal, Page
from vedette.journal.store import SqlJournal

__all__ = ["EventQuery", "Journal", "Page", "SqlJournal"]
