"""The tables of shares and of whoever opened a link; see ``vedette.db.schema``."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from vedette.db.metadata import metadata

# No foreign key to person or camera: what was shared is remembered when both are gone.
share = Table(
    "share",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False),
    # Who may look; empty for a link. The row belongs to the owner all the same.
    Column("recipient", Text, ForeignKey("organisation.id"), index=True),
    Column("recipient_name", Text, nullable=False),
    Column("cameras", Text, nullable=False),  # JSON: list of identifiers
    Column("live", Boolean, nullable=False),
    Column("footage_start_us", BigInteger),
    Column("footage_end_us", BigInteger),
    Column("sound", Boolean, nullable=False),
    Column("from_us", BigInteger, nullable=False),
    Column("until_us", BigInteger, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_by_name", Text, nullable=False),
    Column("made_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
    Column("ended_by_name", Text, nullable=False),
    Column("most_uses", Integer),
    Column("uses", Integer, nullable=False),
    Column("link_sha256", LargeBinary, unique=True),
)
Index("ix_share_organisation", share.c.organisation, share.c.made_us)

guest_session = Table(
    "guest_session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False, index=True),
    Column("share", Text, ForeignKey("share.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("secret_sha256", LargeBinary, nullable=False, unique=True),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False, index=True),
)
