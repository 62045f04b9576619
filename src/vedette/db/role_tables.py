"""The tables of who may do what; ``schema`` names them all."""

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Text, UniqueConstraint

from vedette.db.metadata import metadata

role = Table(
    "role",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False),  # unique whatever its case
    Column("rights", Text, nullable=False),  # JSON list
    Column("replay_s", BigInteger),
    UniqueConstraint("organisation", "folded"),
)

camera_group = Table(
    "camera_group",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("organisation", "name"),
)

# No foreign key to camera: a removed camera's footage keeps its groups, and so who may see it.
camera_group_member = Table(
    "camera_group_member",
    metadata,
    Column(
        "camera_group", Text, ForeignKey("camera_group.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("camera", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False, index=True),
)

# ``role`` names a row of the table or a built-in role; ``scope_id`` a site, group or camera.
role_grant = Table(
    "role_grant",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False, index=True),
    Column("person", Text, ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("scope_id", Text, nullable=False),
    Column("expires_us", BigInteger),
    # Issuer of the single sign-on whose groups gave it; null when a person did.
    Column("provider", Text),
)
