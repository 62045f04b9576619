"""Bookmarks, and of which cameras each is."""

import sqlalchemy as sa
from alembic import op

revision = "v0005"
down_revision = "v0008c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "bookmark",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("changed_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.id"], name=op.f("fk_bookmark_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookmark")),
    )
    op.create_index("ix_bookmark_start", "bookmark", ["organisation", "start_us"], unique=False)
    op.create_table(
        "bookmark_camera",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("bookmark", sa.Text(), nullable=False),
        sa.Column("camera", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bookmark"], ["bookmark.id"], name=op.f("fk_bookmark_camera_bookmark")
        ),
        sa.PrimaryKeyConstraint("bookmark", "camera", name=op.f("pk_bookmark_camera")),
    )
    op.create_index(
        "ix_bookmark_camera_camera", "bookmark_camera", ["organisation", "camera"], unique=False
    )
