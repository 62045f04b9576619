"""The table of saved walls; see ``vedette.db.schema``."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from vedette.db.metadata import metadata

wall = Table(
    "wall",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False),
    # The person who alone sees it; empty when the organisation shares it.
    Column("owner", Text, ForeignKey("person.id", ondelete="CASCADE"), index=True),
    Column("name", Text, nullable=False),
    Column("grid_columns", SmallInteger, nullable=False),
    Column("grid_rows", SmallInteger, nullable=False),
    Column("cells", Text, nullable=False),  # JSON: list of Cell
    Column("revision", BigInteger, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("changed_us", BigInteger, nullable=False),
    UniqueConstraint("organisation", "owner", "name"),
)
Index(
    "ix_wall_shared_name",
    wall.c.organisation,
    wall.c.name,
    unique=True,
    sqlite_where=text("owner IS NULL"),
    postgresql_where=text("owner IS NULL"),
)
