"""Parts of the ``libav`` driver: addresses, packets, the reading thread, the hand-over.

In: whatever libavformat reads. Out: the frames of ``ingest.ports``.
"""
