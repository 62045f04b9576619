"""Footage to take away: a range of some cameras as MP4 files with a manifest of hashes.

In: segments from the catalogue, their bytes from the volumes. Out: a folder of files, and a job
that the bus tells about. Settings: ``settings.ExportSettings``. Drivers: none.
"""
