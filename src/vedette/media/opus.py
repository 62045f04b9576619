"""Opus in MP4 (Opus in ISOBMFF, section 4.3.2)."""

import struct

from vedette.model.packet import AudioTrack, Codec

SAMPLE_RATE = 48_000
_PRE_SKIP = 312  # libopus' own delay at 48 kHz; what a live stream skips does not matter


def audio_track(channels: int) -> AudioTrack:
    """A track of Opus frames, timescale 48000.

    Args:
        channels: 1 or 2.
    """
    config = struct.pack(">BBHIHB", 0, channels, _PRE_SKIP, SAMPLE_RATE, 0, 0)
    return AudioTrack(Codec.OPUS, config, "opus", SAMPLE_RATE, channels)
