"""The tables of bookmarks; see ``vedette.db.schema``."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from vedette.db.metadata import metadata

bookmark = Table(
    "bookmark",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, ForeignKey("organisation.id"), nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger, nullable=False),
    Column("title", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("searched", Text, nullable=False),  # title, note and name, folded
    # No foreign key: a bookmark outlives the person who made it.
    Column("person", Text, nullable=False),
    Column("person_name", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("changed_us", BigInteger, nullable=False),
)
Index("ix_bookmark_start", bookmark.c.organisation, bookmark.c.start_us)

# No foreign key to camera: a bookmark outlives the camera, as its footage does.
bookmark_camera = Table(
    "bookmark_camera",
    metadata,
    Column("organisation", Text, nullable=False),
    Column("bookmark", Text, ForeignKey("bookmark.id"), primary_key=True),
    Column("camera", Text, primary_key=True),
    Column("place", Integer, nullable=False),
)
Index("ix_bookmark_camera_camera", bookmark_camera.c.organisation, bookmark_camera.c.camera)
