"""Shares, and the browsers that opened their links."""

import sqlalchemy as sa
from alembic import op

revision = "v0009"
down_revision = "v0006d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _share()
    _guest_session()


def _share() -> None:
    op.create_table(
        "share",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("recipient_name", sa.Text(), nullable=False),
        sa.Column("cameras", sa.Text(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("footage_start_us", sa.BigInteger(), nullable=True),
        sa.Column("footage_end_us", sa.BigInteger(), nullable=True),
        sa.Column("sound", sa.Boolean(), nullable=False),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_by_name", sa.Text(), nullable=False),
        sa.Column("made_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("ended_by_name", sa.Text(), nullable=False),
        sa.Column("most_uses", sa.Integer(), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("link_sha256", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.id"], name=op.f("fk_share_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["recipient"], ["organisation.id"], name=op.f("fk_share_recipient")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share")),
        sa.UniqueConstraint("link_sha256", name=op.f("uq_share_link_sha256")),
    )
    op.create_index(op.f("ix_share_organisation"), "share", ["organisation", "made_us"])
    op.create_index(op.f("ix_share_recipient"), "share", ["recipient"])


def _guest_session() -> None:
    op.create_table(
        "guest_session",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("share", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.id"], name=op.f("fk_guest_session_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["share"], ["share.id"], name=op.f("fk_guest_session_share"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_session")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_guest_session_secret_sha256")),
    )
    for column in ("organisation", "share", "expires_us"):
        op.create_index(op.f(f"ix_guest_session_{column}"), "guest_session", [column])
