"""Segments and packets become pictures in a browser: live, replay, snapshots.

In: the hub's packets (``live``), the catalogue's rows and the volumes' files (``replay``,
``snapshot``). Out: fragments of MP4, playlists, JPEG pictures; the API sends them.
Settings: ``settings.PlaybackSettings``. Drivers: none.
"""
