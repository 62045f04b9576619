"""Second factors: what an authenticator app shares with us, and codes for when it is lost."""

import sqlalchemy as sa
from alembic import op

revision = "v0006b"
down_revision = "v0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _second_factor()
    _recovery_code()


def _of_organisation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation"], ["organisation.id"], name=op.f(f"fk_{table}_organisation")
    )


def _of_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["person"], ["person.id"], name=op.f(f"fk_{table}_person"), ondelete="CASCADE"
    )


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def _second_factor() -> None:
    op.create_table(
        "second_factor",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_us", sa.BigInteger(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        _of_organisation("second_factor"),
        _of_person("second_factor"),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_second_factor")),
    )
    _index("second_factor", "organisation")


def _recovery_code() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("code_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        _of_organisation("recovery_code"),
        _of_person("recovery_code"),
        sa.PrimaryKeyConstraint("person", "code_sha256", name=op.f("pk_recovery_code")),
    )
    _index("recovery_code", "organisation")
