"""As whom OpenID providers know people, and which roles their groups gave."""

import sqlalchemy as sa
from alembic import op

revision = "v0006d"
down_revision = "v0006c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    _sign_on_link()
    op.add_column("role_grant", sa.Column("provider", sa.Text(), nullable=True))


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


def _sign_on_link() -> None:
    op.create_table(
        "sign_on_link",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("used_us", sa.BigInteger(), nullable=True),
        _of_organisation("sign_on_link"),
        _of_person("sign_on_link"),
        sa.PrimaryKeyConstraint("organisation", "issuer", "subject", name=op.f("pk_sign_on_link")),
    )
    _index("sign_on_link", "person")
