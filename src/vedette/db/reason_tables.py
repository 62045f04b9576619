"""The tables of reasons: what they are asked for, and those given; see ``vedette.db.schema``."""

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Text

from vedette.db.metadata import metadata

reason_rule = Table(
    "reason_rule",
    metadata,
    Column("organisation", Text, ForeignKey("organisation.id"), primary_key=True),
    Column("act", Text, primary_key=True),
)

# ``credential`` is a session or a token: whoever signs in anew is asked anew.
given_reason = Table(
    "given_reason",
    metadata,
    Column("organisation", Text, ForeignKey("organisation.id"), primary_key=True),
    Column("credential", Text, primary_key=True),
    Column("act", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("until_us", BigInteger, nullable=False),
)
