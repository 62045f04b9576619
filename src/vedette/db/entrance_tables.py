"""The tables of the ways in beside the password; ``schema`` names them all."""

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, Table, Text

from vedette.db.metadata import metadata

# What a person's authenticator app shares with us; not asked for until it is confirmed.
second_factor = Table(
    "second_factor",
    metadata,
    Column("person", Text, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False, index=True),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("confirmed_us", BigInteger),
    # The newest time step whose code was taken; codes up to it are refused.
    Column("last_step", BigInteger, nullable=False),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("person", Text, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
    Column("code_sha256", LargeBinary, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False, index=True),
)
