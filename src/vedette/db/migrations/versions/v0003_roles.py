"""Roles, camera groups, and who holds which role where."""

import sqlalchemy as sa
from alembic import op

revision = "v0003"
down_revision = "v0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; whoever could sign in could do everything, and keeps it."""
    _table(
        "role",
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("rights", sa.Text(), nullable=False),
        sa.Column("replay_s", sa.BigInteger(), nullable=True),
        sa.UniqueConstraint("organisation", "folded", name=op.f("uq_role_organisation")),
        named=True,
    )
    _table(
        "camera_group",
        sa.UniqueConstraint("organisation", "name", name=op.f("uq_camera_group_organisation")),
        named=True,
    )
    _members()
    _table(
        "role_grant",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.Text(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name=op.f("fk_role_grant_person"), ondelete="CASCADE"
        ),
    )
    for column in ("organisation", "person"):
        op.create_index(op.f(f"ix_role_grant_{column}"), "role_grant", [column])
    op.add_column("api_token", sa.Column("rights", sa.Text(), nullable=True))
    # The person's identifier serves for the grant: there was none before.
    op.execute(
        "INSERT INTO role_grant (id, organisation, person, role, scope, scope_id) "
        "SELECT id, organisation, id, 'administrator', 'organisation', '' FROM person"
    )


def _table(name: str, *parts: sa.schema.SchemaItem, named: bool = False) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        *([sa.Column("name", sa.Text(), nullable=False)] if named else []),
        *parts,
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.id"], name=op.f(f"fk_{name}_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _members() -> None:
    op.create_table(
        "camera_group_member",
        sa.Column("camera_group", sa.Text(), nullable=False),
        sa.Column("camera", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["camera_group"],
            ["camera_group.id"],
            name=op.f("fk_camera_group_member_camera_group"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisation.id"],
            name=op.f("fk_camera_group_member_organisation"),
        ),
        sa.PrimaryKeyConstraint("camera_group", "camera", name=op.f("pk_camera_group_member")),
    )
    op.create_index(
        op.f("ix_camera_group_member_organisation"), "camera_group_member", ["organisation"]
    )
