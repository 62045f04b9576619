"""What Vedette and an encoding process say to each other over pipes."""

import json
import struct
from base64 import b64decode, b64encode
from dataclasses import dataclass

from vedette.model.packet import Codec, VideoTrack

HEAD = struct.Struct(">cI")
"""Kind of message, bytes that follow."""
FORMAT, PICTURE = b"F", b"P"
MOST_BYTES = 64 * 1024 * 1024
_TIMES = struct.Struct(">qqqq?")


@dataclass(frozen=True, slots=True)
class Picture:
    """One access unit, of the camera or of ours.

    Attributes:
        pts: Presentation time, ticks of its track.
        dts: Decoding time, the same.
        arrival_ns: When the camera's access unit arrived, monotonic.
        wall_us: The same by the wall clock.
        key: Whether decoding may start here.
        payload: The bytes.
    """

    pts: int
    dts: int
    arrival_ns: int
    wall_us: int
    key: bool
    payload: bytes


def format_message(source: VideoTrack, width: int, height: int) -> bytes:
    """What comes, and how large it shall leave."""
    told = {
        "codec": source.codec.value,
        "config": b64encode(source.config).decode(),
        "width": width,
        "height": height,
    }
    body = json.dumps(told).encode()
    return HEAD.pack(FORMAT, len(body)) + body


def read_format(body: bytes) -> tuple[Codec, bytes, int, int]:
    """Codec, configuration, width and height out of a format message.

    Raises:
        ValueError: It is none.
    """
    try:
        told = json.loads(body)
        return Codec(told["codec"]), b64decode(told["config"]), told["width"], told["height"]
    except (KeyError, TypeError) as error:
        raise ValueError("a format message lacks a field") from error


def picture_message(picture: Picture) -> bytes:
    """One access unit."""
    times = (picture.pts, picture.dts, picture.arrival_ns, picture.wall_us, picture.key)
    head = HEAD.pack(PICTURE, _TIMES.size + len(picture.payload))
    return head + _TIMES.pack(*times) + picture.payload


def read_picture(body: bytes) -> Picture:
    """The access unit in a picture message.

    Raises:
        ValueError: It is none.
    """
    if len(body) < _TIMES.size:
        raise ValueError("a picture message was cut off")
    pts, dts, arrival_ns, wall_us, key = _TIMES.unpack_from(body)
    return Picture(pts, dts, arrival_ns, wall_us, key, body[_TIMES.size :])
