"""What reasons are asked for, and those that were given."""

import sqlalchemy as sa
from alembic import op

revision = "v0010"
down_revision = "v0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "reason_rule",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation", "act"),
    )
    op.create_table(
        "given_reason",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organisation"], ["organisation.id"]),
        sa.PrimaryKeyConstraint("organisation", "credential", "act"),
    )
