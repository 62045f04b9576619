"""Passkeys, and invitations with what they offer."""

import sqlalchemy as sa
from alembic import op

revision = "v0006c"
down_revision = "v0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _passkey()
    _invitation()
    _invitation_offer()


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


def _passkey() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("synced", sa.Boolean(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("used_us", sa.BigInteger(), nullable=True),
        _of_organisation("passkey"),
        _of_person("passkey"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    _index("passkey", "organisation")
    _index("passkey", "person")


def _invitation() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("inviter", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        _of_organisation("invitation"),
        sa.ForeignKeyConstraint(
            ["inviter"], ["person.id"], name=op.f("fk_invitation_inviter"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_invitation_secret_sha256")),
    )
    _index("invitation", "organisation")
    _index("invitation", "inviter")
    _index("invitation", "expires_us")


def _invitation_offer() -> None:
    op.create_table(
        "invitation_offer",
        sa.Column("invitation", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.Text(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation"],
            ["invitation.id"],
            name=op.f("fk_invitation_offer_invitation"),
            ondelete="CASCADE",
        ),
        _of_organisation("invitation_offer"),
        sa.PrimaryKeyConstraint("invitation", "number", name=op.f("pk_invitation_offer")),
    )
    _index("invitation_offer", "organisation")
