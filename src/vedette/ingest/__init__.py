"""Camera to packets.

In: cameras and their credentials. Out: packets into ``hub``, health onto ``bus``, loss minutes.
Settings: ``IngestSettings``. Drivers: ``rtsp`` (our own client), ``libav`` (whatever else).
"""
