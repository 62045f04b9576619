"""The tables of sites, floors, places and templates; ``schema`` names them all."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from vedette.db.metadata import metadata

site = Table(
    "site",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("latitude", Double),  # degrees, WGS 84
    Column("longitude", Double),
    Column("created_us", BigInteger, nullable=False),
    UniqueConstraint("organisation", "name", name="uq_site_organisation"),
)

# A picture is kept once per organisation, however many floors show it.
floor_plan = Table(
    "floor_plan",
    metadata,
    Column("organisation", Text, ForeignKey("organisation.id"), primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

floor = Table(
    "floor",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False, index=True),
    Column("site", Text, ForeignKey("site.id", ondelete="CASCADE"), nullable=False),
    Column("building", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("plan_sha256", Text),
    Column("created_us", BigInteger, nullable=False),
    UniqueConstraint("site", "building", "name", name="uq_floor_site"),
    ForeignKeyConstraint(
        ["organisation", "plan_sha256"],
        ["floor_plan.organisation", "floor_plan.sha256"],
        name="fk_floor_plan_sha256",
    ),
)

camera_template = Table(
    "camera_template",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("make", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("policy", Text, nullable=False),  # JSON: RecordingPolicy
    Column("transport", Text, nullable=False),
    Column("use_sub", Boolean, nullable=False),
    Column("site", Text, ForeignKey("site.id", ondelete="SET NULL")),
    Column("created_us", BigInteger, nullable=False),
    UniqueConstraint("organisation", "name", name="uq_camera_template_organisation"),
)

# On the map, or on a floor; which columns are filled is decided in sites/decide.py.
placement = Table(
    "placement",
    metadata,
    Column("organisation", Text, primary_key=True),
    Column("camera", Text, primary_key=True),
    Column("direction_deg", Double, nullable=False),
    Column("view_deg", Double, nullable=False),
    Column("floor", Text, ForeignKey("floor.id", ondelete="CASCADE"), index=True),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("range_m", Double),
    Column("x", Double),
    Column("y", Double),
    Column("range_widths", Double),
    ForeignKeyConstraint(
        ["organisation", "camera"],
        ["camera.organisation", "camera.id"],
        name="fk_placement_camera",
        ondelete="CASCADE",
    ),
)
