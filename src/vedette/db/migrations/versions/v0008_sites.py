"""Sites, and at which one a camera is."""

import sqlalchemy as sa
from alembic import op

revision = "v0008"
down_revision = "v0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of sites and let cameras name one."""
    op.create_table(
        "site",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Double, nullable=True),
        sa.Column("longitude", sa.Double, nullable=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.id"], name=op.f("fk_site_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("organisation", "name", name=op.f("uq_site_organisation")),
    )
    # Written out: SQLite takes a reference only together with the column, which alembic splits.
    op.execute(
        "ALTER TABLE camera ADD COLUMN site TEXT CONSTRAINT fk_camera_site REFERENCES site (id)"
    )
    op.create_index(op.f("ix_camera_site"), "camera", ["site"], unique=False)
