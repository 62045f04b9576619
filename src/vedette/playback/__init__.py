"""Packets and segments to the browser.

In: live packets from ``hub``, footage from ``catalog`` and volumes. Out: fragments over
WebSocket, byte ranges, HLS playlists. Settings: ``PlaybackSettings``. Drivers: none.
"""
