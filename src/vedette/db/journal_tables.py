"""The tables of the event log; see ``vedette.db.schema``."""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
)

from vedette.db.metadata import metadata

# Append-only: triggers refuse to change or drop a row (v0002). ``body`` is what is hashed; the
# other columns only serve finding, and ``vedette verify`` compares them with it.
event = Table(
    "event",
    metadata,
    Column("organisation", Text, ForeignKey("organisation.id"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("observed_us", BigInteger, nullable=False),
    Column("received_us", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("words", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
)
Index("ix_event_observed", event.c.organisation, event.c.observed_us, event.c.sequence)
Index("ix_event_kind", event.c.organisation, event.c.kind, event.c.observed_us)
Index("ix_event_subject", event.c.organisation, event.c.subject, event.c.observed_us)
Index("ix_event_person", event.c.organisation, event.c.person, event.c.observed_us)

# Where each chain ends: entries missing from the end are noticed, and appending reads one row.
event_head = Table(
    "event_head",
    metadata,
    Column("organisation", Text, ForeignKey("organisation.id"), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
)
