"""Floors with their plans, and where cameras are placed."""

import sqlalchemy as sa
from alembic import op

revision = "v0008b"
down_revision = "v0006b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _floor_plan()
    _floor()
    _placement()


def _floor_plan() -> None:
    op.create_table(
        "floor_plan",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.id"], name=op.f("fk_floor_plan_organisation")
        ),
        sa.PrimaryKeyConstraint("organisation", "sha256", name=op.f("pk_floor_plan")),
    )


def _floor() -> None:
    op.create_table(
        "floor",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("building", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("plan_sha256", sa.Text(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.id"], name=op.f("fk_floor_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["site"], ["site.id"], name=op.f("fk_floor_site"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation", "plan_sha256"],
            ["floor_plan.organisation", "floor_plan.sha256"],
            name=op.f("fk_floor_plan_sha256"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_floor")),
        sa.UniqueConstraint("site", "building", "name", name=op.f("uq_floor_site")),
    )
    op.create_index(op.f("ix_floor_organisation"), "floor", ["organisation"], unique=False)


def _placement() -> None:
    op.create_table(
        "placement",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("camera", sa.Text(), nullable=False),
        sa.Column("direction_deg", sa.Double, nullable=False),
        sa.Column("view_deg", sa.Double, nullable=False),
        sa.Column("floor", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Double, nullable=True),
        sa.Column("longitude", sa.Double, nullable=True),
        sa.Column("range_m", sa.Double, nullable=True),
        sa.Column("x", sa.Double, nullable=True),
        sa.Column("y", sa.Double, nullable=True),
        sa.Column("range_widths", sa.Double, nullable=True),
        sa.ForeignKeyConstraint(
            ["floor"], ["floor.id"], name=op.f("fk_placement_floor"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation", "camera"],
            ["camera.organisation", "camera.id"],
            name=op.f("fk_placement_camera"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation", "camera", name=op.f("pk_placement")),
    )
    op.create_index(op.f("ix_placement_floor"), "placement", ["floor"], unique=False)
