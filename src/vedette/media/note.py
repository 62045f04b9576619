"""What a recorded fragment says of itself, so that the file can be understood without a catalogue.

Two boxes stand in front of each recorded fragment: ``prft`` (ISO/IEC 14496-12, 8.16.5), which any
tool may read to learn the wall time, and a ``uuid`` box of ours with what ``prft`` cannot hold.
Players skip both.
"""

import struct
import uuid
from dataclasses import dataclass

from vedette.media.boxes import BadBox

NOTE_BYTES = 32 + 72
"""Length of both boxes together."""

_USER_TYPE = uuid.UUID("6b1f0e0a-5f0f-4c0e-9d5e-3c7a51b6f0d4").bytes
_NTP_EPOCH_S = 2_208_988_800  # 1900 to 1970
_LAYOUT = struct.Struct(">I4s I I Q Q I4s 16s 16s q q I I I I")


@dataclass(frozen=True, slots=True)
class FragmentNote:
    """What precedes a recorded fragment.

    Attributes:
        run: UUID of the connection it was recorded from.
        start_us: Wall time of the first frame.
        duration_us: Wall duration.
        media_start: Decoding time of the first video frame, ticks since the start of the file.
        lost_frames: Known to be missing before or within.
        lost_packets: Known to be missing before or within.
        size: Bytes of the whole fragment, these boxes included.
        video_size: Bytes of its leading video part, these boxes included.
    """

    run: str
    start_us: int
    duration_us: int
    media_start: int
    lost_frames: int
    lost_packets: int
    size: int
    video_size: int

    def encode(self, track_id: int) -> bytes:
        """Both boxes, NOTE_BYTES long.

        Args:
            track_id: Of the video track, which ``prft`` refers to.

        Raises:
            ValueError: ``run`` is no UUID.
        """
        seconds, rest_us = divmod(self.start_us, 1_000_000)
        ntp = seconds + _NTP_EPOCH_S << 32 | (rest_us << 32) // 1_000_000
        return _LAYOUT.pack(
            32,
            b"prft",
            0x0100_0000,
            track_id,
            ntp & 0xFFFF_FFFF_FFFF_FFFF,
            self.media_start,
            72,
            b"uuid",
            _USER_TYPE,
            uuid.UUID(self.run).bytes,
            self.start_us,
            self.duration_us,
            self.lost_frames & 0xFFFF_FFFF,
            self.lost_packets & 0xFFFF_FFFF,
            self.size,
            self.video_size,
        )

    @classmethod
    def decode(cls, data: bytes) -> "FragmentNote":
        """Read what ``encode`` wrote from the first NOTE_BYTES of ``data``.

        Raises:
            BadBox: It is something else.
        """
        if len(data) < NOTE_BYTES:
            raise BadBox(f"a note needs {NOTE_BYTES} bytes, there are {len(data)}")
        fields = _LAYOUT.unpack_from(data)
        if fields[0:3] != (32, b"prft", 0x0100_0000) or fields[6:9] != (72, b"uuid", _USER_TYPE):
            raise BadBox("no fragment of Vedette begins here")
        run = str(uuid.UUID(bytes=fields[9]))
        start_us, duration_us, lost_frames, lost_packets, size, video_size = fields[10:16]
        if not NOTE_BYTES < video_size <= size:
            raise BadBox(f"a fragment of {size} bytes with {video_size} of video makes no sense")
        return cls(
            run, start_us, duration_us, fields[5], lost_frames, lost_packets, size, video_size
        )
