"""The event log, which the database itself keeps from being changed."""

import sqlalchemy as sa
from alembic import op

revision = "v0002"
down_revision = "v0008b"
branch_labels = None
depends_on = None

_SAID = "the event log is only ever added to"


def upgrade() -> None:
    """Make the log and the ends of its chains, and guard both."""
    _event()
    op.create_table(
        "event_head",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.id"], name=op.f("fk_event_head_organisation")
        ),
        sa.PrimaryKeyConstraint("organisation", name=op.f("pk_event_head")),
    )
    if op.get_context().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER event_no_{deed.lower()} BEFORE {deed} ON event "
                f"BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION event_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_SAID}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON event "
        "FOR EACH STATEMENT EXECUTE FUNCTION event_refuse()"
    )


def _event() -> None:
    texts = ("id", "kind", "subject", "person", "outcome", "site", "words", "body")
    op.create_table(
        "event",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False, autoincrement=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("observed_us", sa.BigInteger(), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.Column("latitude", sa.Double, nullable=True),
        sa.Column("longitude", sa.Double, nullable=True),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.id"], name=op.f("fk_event_organisation")
        ),
        sa.PrimaryKeyConstraint("organisation", "sequence", name=op.f("pk_event")),
    )
    for name, column in (
        ("kind", "kind"),
        ("subject", "subject"),
        ("person", "person"),
    ):
        op.create_index(f"ix_event_{name}", "event", ["organisation", column, "observed_us"])
    op.create_index("ix_event_observed", "event", ["organisation", "observed_us", "sequence"])
