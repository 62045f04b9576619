"""Moments that people marked in the footage.

In and out: ``model.bookmark.Bookmark``, kept in the database and found by camera, time and text.
"""

from vedette.bookmarks.store import BookmarkQuery, BookmarkStore, Reach

__all__ = ["BookmarkQuery", "BookmarkStore", "Reach"]
