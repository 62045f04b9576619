"""VP9 in MP4 ("VP Codec ISO Media File Format Binding" 1.0): profile 0, 8 bits, 4:2:0."""

import struct

from vedette.model.packet import Codec, VideoTrack

_LEVELS = ((10, 36_864), (20, 122_880), (21, 245_760), (30, 552_960), (31, 983_040))
"""Level and the largest picture in it, annex A of the VP9 bitstream specification."""
_LARGEST = 40
_UNSPECIFIED = 2  # colours as ISO/IEC 23091-4 calls what nobody told
_CHROMA_420 = 1


def video_track(width: int, height: int, timescale: int = 90_000) -> VideoTrack:
    """A track of VP9 pictures.

    Args:
        width: Pixels.
        height: Pixels.
        timescale: Ticks per second.
    """
    level = next((name for name, most in _LEVELS if width * height <= most), _LARGEST)
    depth_and_chroma = 8 << 4 | _CHROMA_420 << 1
    colours = [_UNSPECIFIED] * 3
    # Version 1 of the box; profile 0; nothing to initialise a decoder with.
    config = struct.pack(">I6BH", 0x0100_0000, 0, level, depth_and_chroma, *colours, 0)
    return VideoTrack(Codec.VP9, config, f"vp09.00.{level}.08", width, height, timescale=timescale)
