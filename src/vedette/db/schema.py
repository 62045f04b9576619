"""Every table, the same for SQLite and PostgreSQL.

Every noun carries its organisation or hangs on a row that does. Columns ending in ``_us`` hold
microseconds since the Unix epoch. Footage is clustered by ``(stream, start_us)``, where ``stream``
is a small number: in SQLite the tables without rowid are the index; in PostgreSQL a covering index
answers ``which footage is there``, and the fragments of few streams share a partition
(docs/decisions/0012-clustering.md). A change here needs a
migration beside it; a test compares the two.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from vedette.db import (
    bookmark_tables,
    entrance_tables,
    journal_tables,
    reason_tables,
    role_tables,
    share_tables,
    site_tables,
    wall_tables,
)
from vedette.db.metadata import metadata

organisation = Table(
    "organisation",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
)

# -- accounts ------------------------------------------------------------------------------------

person = Table(
    "person",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    # What is typed to sign in, folded; unique everywhere because sign-in names no organisation.
    Column("sign_in_name", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False, index=True),
    Column("person", Text, ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("secret_sha256", LargeBinary, nullable=False, unique=True),
    Column("created_us", BigInteger, nullable=False),
    Column("seen_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False, index=True),
    # How, from which network address and with which program the person signed in.
    Column("method", Text, nullable=False, server_default=text("''")),
    Column("source", Text, nullable=False, server_default=text("''")),
    Column("user_agent", Text, nullable=False, server_default=text("''")),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False, index=True),
    Column("person", Text, ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("secret_sha256", LargeBinary, nullable=False, unique=True),
    Column("created_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger),
    Column("last_used_us", BigInteger),
    Column("rights", Text),  # JSON list; NULL is all that its person may do
)

entry_link = Table(
    "entry_link",
    metadata,
    Column("secret_sha256", LargeBinary, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False, index=True),
    Column("person", Text, ForeignKey("person.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("expires_us", BigInteger, nullable=False, index=True),
)

second_factor = entrance_tables.second_factor
recovery_code = entrance_tables.recovery_code
passkey = entrance_tables.passkey
invitation = entrance_tables.invitation
invitation_offer = entrance_tables.invitation_offer
sign_on_link = entrance_tables.sign_on_link

# -- sites ---------------------------------------------------------------------------------------

site = site_tables.site
floor_plan = site_tables.floor_plan
floor = site_tables.floor
placement = site_tables.placement
camera_template = site_tables.camera_template

# -- roles ---------------------------------------------------------------------------------------

role = role_tables.role
camera_group = role_tables.camera_group
camera_group_member = role_tables.camera_group_member
role_grant = role_tables.role_grant

# -- cameras -------------------------------------------------------------------------------------

camera = Table(
    "camera",
    metadata,
    Column("organisation", Text, ForeignKey("organisation.id"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("streams", Text, nullable=False),  # JSON: role -> StreamSource
    Column("policy", Text, nullable=False),  # JSON: RecordingPolicy
    Column("onvif_address", Text),
    Column("make", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("site", Text, ForeignKey("site.id"), index=True),
    Column("enabled", Boolean, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("sealed_credentials", LargeBinary),
    # Set when it was removed; the row stays for as long as there is footage to name and to keep.
    Column("removed_us", BigInteger),
)
Index(
    "ix_camera_name",
    camera.c.organisation,
    camera.c.name,
    unique=True,
    sqlite_where=text("removed_us IS NULL"),
    postgresql_where=text("removed_us IS NULL"),
)

# -- event log -----------------------------------------------------------------------------------

event = journal_tables.event
event_head = journal_tables.event_head
wall = wall_tables.wall
reason_rule, given_reason = reason_tables.reason_rule, reason_tables.given_reason
share, guest_session = share_tables.share, share_tables.guest_session

bookmark = bookmark_tables.bookmark
bookmark_camera = bookmark_tables.bookmark_camera

# -- catalogue -----------------------------------------------------------------------------------

# The small numbers by which footage is clustered, with the counters that are never scanned for.
# No foreign key to camera: footage outlives the camera that made it.
stream = Table(
    "stream",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("camera", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False, server_default=text("0")),
    Column("protected_bytes", BigInteger, nullable=False, server_default=text("0")),
    Column("segments", BigInteger, nullable=False, server_default=text("0")),
    Column("oldest_us", BigInteger),
    Column("newest_us", BigInteger),
    # Only ever grow: how far before a question a segment or fragment may begin and still reach it.
    Column("longest_segment_us", BigInteger, nullable=False, server_default=text("0")),
    Column("longest_fragment_us", BigInteger, nullable=False, server_default=text("0")),
    UniqueConstraint("organisation", "camera", "role"),
)

# A volume as one organisation sees it, so that an index by volume is also one by organisation.
volume = Table(
    "volume",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("id", Text, nullable=False),
    UniqueConstraint("organisation", "id"),
)

format_ = Table(
    "format",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("init", LargeBinary, nullable=False),
    Column("video_codec", Text, nullable=False),
    Column("audio_codec", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("video_timescale", Integer, nullable=False),
    UniqueConstraint("organisation", "id"),
)


# PostgreSQL keeps rows in order of arrival: with few streams to a partition those of one lie close.
_BY_STREAM = "HASH (stream)"


def is_partition(name: str) -> bool:
    """Whether a table is PostgreSQL's part of one that is declared here, such as fragment_p07."""
    table, mark, number = name.rpartition("_p")
    return bool(mark) and number.isdecimal() and table in metadata.tables


def _segment_columns() -> tuple[Column[int] | Column[str] | Column[bool], ...]:
    """What a segment and a condemned segment share."""
    return (
        Column("stream", Integer, ForeignKey("stream.number"), primary_key=True),
        Column("start_us", BigInteger, primary_key=True),
        Column("end_us", BigInteger, nullable=False),
        Column("volume", Integer, ForeignKey("volume.number"), nullable=False),
        Column("format", Integer, ForeignKey("format.number"), nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("frames", Integer, nullable=False),
        Column("lost_frames", BigInteger, nullable=False),
        Column("finished", Boolean, nullable=False),
        Column("protected", Boolean, nullable=False),
        Column("run", Text, nullable=False),
        Column("path", Text, nullable=False),
    )


segment = Table(
    "segment",
    metadata,
    *_segment_columns(),
    # PostgreSQL keeps rows in order of arrival; the answer lies in the index instead.
    PrimaryKeyConstraint("stream", "start_us", postgresql_include=["end_us", "lost_frames"]),
    sqlite_with_rowid=False,
)

# Where retention looks for the oldest: one index entry per segment that may be erased.
Index(
    "ix_segment_erasable",
    segment.c.volume,
    segment.c.start_us,
    sqlite_where=text("finished = 1 AND protected = 0"),
    postgresql_where=text("finished AND NOT protected"),
)
Index(
    "ix_segment_unfinished",
    segment.c.volume,
    sqlite_where=text("finished = 0"),
    postgresql_where=text("NOT finished"),
)

# Segments whose files are about to be erased; apart, so that no question has to leave them out.
condemned = Table("condemned", metadata, *_segment_columns(), sqlite_with_rowid=False)
Index("ix_condemned_volume", condemned.c.volume)

fragment = Table(
    "fragment",
    metadata,
    Column("stream", Integer, ForeignKey("stream.number"), primary_key=True),
    Column("start_us", BigInteger, primary_key=True),
    Column("duration_us", BigInteger, nullable=False),
    Column("segment_start_us", BigInteger, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),
    Column("video_size", Integer, nullable=False),
    Column("media_start", BigInteger, nullable=False),
    Column("media_duration", BigInteger, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("lost_frames", BigInteger, nullable=False),
    Column("lost_packets", BigInteger, nullable=False),
    Column("key", Boolean, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    postgresql_partition_by=_BY_STREAM,
)

# Clustered by class of length first (catalog.reach): gaps may last months, yet none is looked for
# by scanning. With the class in a second index only, SQLite would prefer the key and scan.
gap = Table(
    "gap",
    metadata,
    Column("stream", Integer, ForeignKey("stream.number"), primary_key=True),
    Column("reach", SmallInteger, primary_key=True),
    Column("start_us", BigInteger, primary_key=True),
    Column("end_us", BigInteger),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    UniqueConstraint("stream", "start_us"),
    sqlite_with_rowid=False,
)

clock_step = Table(
    "clock_step",
    metadata,
    Column("stream", Integer, ForeignKey("stream.number"), primary_key=True),
    Column("at_us", BigInteger, primary_key=True),
    Column("step_us", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

loss_minute = Table(
    "loss_minute",
    metadata,
    Column("stream", Integer, ForeignKey("stream.number"), primary_key=True),
    Column("minute_us", BigInteger, primary_key=True),
    Column("expected_packets", BigInteger, nullable=False),
    Column("received_packets", BigInteger, nullable=False),
    Column("expected_frames", BigInteger, nullable=False),
    Column("received_frames", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("reconnects", Integer, nullable=False),
    Column("jitter_us", BigInteger, nullable=False),
    Column("clock_offset_us", BigInteger),
    Column("connected_us", BigInteger, nullable=False),
    sqlite_with_rowid=False,
    postgresql_partition_by=_BY_STREAM,
)

# -- exports -------------------------------------------------------------------------------------

# The columns that questions look at stand alone; what was asked for and what came of it are JSON.
# No foreign key to person or camera: an export is remembered when both are gone.
export_job = Table(
    "export_job",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("started_us", BigInteger),
    Column("finished_us", BigInteger),
    Column("expires_us", BigInteger),
    Column("total_bytes", BigInteger, nullable=False),
    Column("done_bytes", BigInteger, nullable=False),
    Column("total_us", BigInteger, nullable=False),
    Column("done_us", BigInteger, nullable=False),
    Column("held_bytes", BigInteger, nullable=False),
    Column("problem", Text, nullable=False),
    Column("request", Text, nullable=False),  # JSON: ExportRequest
    Column("outcome", Text),  # JSON: ExportOutcome
)
Index("ix_export_job_organisation", export_job.c.organisation, export_job.c.created_us)
Index("ix_export_job_state", export_job.c.state, export_job.c.created_us)
