"""The first schema: organisations, accounts, cameras and the catalogue of footage."""

import sqlalchemy as sa
from alembic import op

revision = "v0001"
down_revision = None
branch_labels = None
depends_on = None

# Vedette's first organisation; written out, because a migration must not change with the code.
_ORGANISATION = "00000000-0000-7000-8000-000000000001"

_PARTITIONS = 32


def upgrade() -> None:
    """Make every table."""
    _organisation()
    _person()
    _session()
    _api_token()
    _entry_link()
    _camera()
    _stream()
    _volume()
    _format()
    _segment()
    _condemned()
    _fragment()
    _gap()
    _clock_step()
    _loss_minute()
    if op.get_context().dialect.name == "postgresql":
        for table in ("fragment", "loss_minute"):
            for number in range(_PARTITIONS):
                op.execute(
                    f"CREATE TABLE {table}_p{number:02} PARTITION OF {table} "
                    f"FOR VALUES WITH (MODULUS {_PARTITIONS}, REMAINDER {number})"
                )
    op.execute(
        sa.text("INSERT INTO organisation (id, name) VALUES (:id, 'Home')").bindparams(
            id=_ORGANISATION
        )
    )


def _organisation() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sign_in_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.id"], name=op.f("fk_person_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("sign_in_name", name=op.f("uq_person_sign_in_name")),
    )
    op.create_index(op.f("ix_person_organisation"), "person", ["organisation"], unique=False)


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("seen_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.id"], name=op.f("fk_session_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name=op.f("fk_session_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_session_secret_sha256")),
    )
    op.create_index(op.f("ix_session_expires_us"), "session", ["expires_us"], unique=False)
    op.create_index(op.f("ix_session_organisation"), "session", ["organisation"], unique=False)
    op.create_index(op.f("ix_session_person"), "session", ["person"], unique=False)


def _api_token() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=True),
        sa.Column("last_used_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.id"], name=op.f("fk_api_token_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name=op.f("fk_api_token_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_api_token_secret_sha256")),
    )
    op.create_index(op.f("ix_api_token_organisation"), "api_token", ["organisation"], unique=False)
    op.create_index(op.f("ix_api_token_person"), "api_token", ["person"], unique=False)


def _entry_link() -> None:
    op.create_table(
        "entry_link",
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.id"], name=op.f("fk_entry_link_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["person.id"], name=op.f("fk_entry_link_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("secret_sha256", name=op.f("pk_entry_link")),
    )
    op.create_index(op.f("ix_entry_link_expires_us"), "entry_link", ["expires_us"], unique=False)
    op.create_index(
        op.f("ix_entry_link_organisation"), "entry_link", ["organisation"], unique=False
    )
    op.create_index(op.f("ix_entry_link_person"), "entry_link", ["person"], unique=False)


def _camera() -> None:
    op.create_table(
        "camera",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("streams", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("onvif_address", sa.Text(), nullable=True),
        sa.Column("make", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("sealed_credentials", sa.LargeBinary(), nullable=True),
        sa.Column("removed_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.id"], name=op.f("fk_camera_organisation")
        ),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_camera")),
    )
    op.create_index(
        op.f("ix_camera_name"),
        "camera",
        ["organisation", "name"],
        unique=True,
        sqlite_where=sa.text("removed_us IS NULL"),
        postgresql_where=sa.text("removed_us IS NULL"),
    )


def _stream() -> None:
    op.create_table(
        "stream",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("camera", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("protected_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("segments", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("oldest_us", sa.BigInteger(), nullable=True),
        sa.Column("newest_us", sa.BigInteger(), nullable=True),
        sa.Column(
            "longest_segment_us", sa.BigInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "longest_fragment_us", sa.BigInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_stream")),
        sa.UniqueConstraint("organisation", "camera", "role", name=op.f("uq_stream_organisation")),
    )


def _volume() -> None:
    op.create_table(
        "volume",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_volume")),
        sa.UniqueConstraint("organisation", "id", name=op.f("uq_volume_organisation")),
    )


def _format() -> None:
    op.create_table(
        "format",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("init", sa.LargeBinary(), nullable=False),
        sa.Column("video_codec", sa.Text(), nullable=False),
        sa.Column("audio_codec", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("video_timescale", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_format")),
        sa.UniqueConstraint("organisation", "id", name=op.f("uq_format_organisation")),
    )


def _segment() -> None:
    op.create_table(
        "segment",
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("volume", sa.Integer(), nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("lost_frames", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["format"], ["format.number"], name=op.f("fk_segment_format")),
        sa.ForeignKeyConstraint(["stream"], ["stream.number"], name=op.f("fk_segment_stream")),
        sa.ForeignKeyConstraint(["volume"], ["volume.number"], name=op.f("fk_segment_volume")),
        sa.PrimaryKeyConstraint(
            "stream",
            "start_us",
            name=op.f("pk_segment"),
            postgresql_include=["end_us", "lost_frames"],
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_segment_erasable",
        "segment",
        ["volume", "start_us"],
        unique=False,
        sqlite_where=sa.text("finished = 1 AND protected = 0"),
        postgresql_where=sa.text("finished AND NOT protected"),
    )
    op.create_index(
        "ix_segment_unfinished",
        "segment",
        ["volume"],
        unique=False,
        sqlite_where=sa.text("finished = 0"),
        postgresql_where=sa.text("NOT finished"),
    )


def _condemned() -> None:
    op.create_table(
        "condemned",
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("volume", sa.Integer(), nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("lost_frames", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["format"], ["format.number"], name=op.f("fk_condemned_format")),
        sa.ForeignKeyConstraint(["stream"], ["stream.number"], name=op.f("fk_condemned_stream")),
        sa.ForeignKeyConstraint(["volume"], ["volume.number"], name=op.f("fk_condemned_volume")),
        sa.PrimaryKeyConstraint("stream", "start_us", name=op.f("pk_condemned")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_condemned_volume", "condemned", ["volume"], unique=False)


def _fragment() -> None:
    op.create_table(
        "fragment",
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("duration_us", sa.BigInteger(), nullable=False),
        sa.Column("segment_start_us", sa.BigInteger(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("video_size", sa.Integer(), nullable=False),
        sa.Column("media_start", sa.BigInteger(), nullable=False),
        sa.Column("media_duration", sa.BigInteger(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("lost_frames", sa.BigInteger(), nullable=False),
        sa.Column("lost_packets", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["stream"], ["stream.number"], name=op.f("fk_fragment_stream")),
        sa.PrimaryKeyConstraint("stream", "start_us", name=op.f("pk_fragment")),
        sqlite_with_rowid=False,
        postgresql_partition_by="HASH (stream)",
    )


def _gap() -> None:
    op.create_table(
        "gap",
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("reach", sa.SmallInteger(), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["stream"], ["stream.number"], name=op.f("fk_gap_stream")),
        sa.PrimaryKeyConstraint("stream", "reach", "start_us", name=op.f("pk_gap")),
        sa.UniqueConstraint("stream", "start_us", name=op.f("uq_gap_stream")),
        sqlite_with_rowid=False,
    )


def _clock_step() -> None:
    op.create_table(
        "clock_step",
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("step_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["stream"], ["stream.number"], name=op.f("fk_clock_step_stream")),
        sa.PrimaryKeyConstraint("stream", "at_us", name=op.f("pk_clock_step")),
        sqlite_with_rowid=False,
    )


def _loss_minute() -> None:
    op.create_table(
        "loss_minute",
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("minute_us", sa.BigInteger(), nullable=False),
        sa.Column("expected_packets", sa.BigInteger(), nullable=False),
        sa.Column("received_packets", sa.BigInteger(), nullable=False),
        sa.Column("expected_frames", sa.BigInteger(), nullable=False),
        sa.Column("received_frames", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("reconnects", sa.Integer(), nullable=False),
        sa.Column("jitter_us", sa.BigInteger(), nullable=False),
        sa.Column("clock_offset_us", sa.BigInteger(), nullable=True),
        sa.Column("connected_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["stream"], ["stream.number"], name=op.f("fk_loss_minute_stream")),
        sa.PrimaryKeyConstraint("stream", "minute_us", name=op.f("pk_loss_minute")),
        sqlite_with_rowid=False,
        postgresql_partition_by="HASH (stream)",
    )
