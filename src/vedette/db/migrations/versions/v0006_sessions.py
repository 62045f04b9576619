"""Note of each session how and from where it was begun."""

import sqlalchemy as sa
from alembic import op

revision = "v0006"
down_revision = "v0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; sessions that exist say nothing."""
    for name in ("method", "source", "user_agent"):
        op.add_column(
            "session", sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False)
        )
