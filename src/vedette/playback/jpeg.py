"""One picture of a video as JPEG."""

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import av
from av.error import FFmpegError

from vedette.base.errors import BadRequest

_MAX_PIXELS = 64_000_000
_JPEG_QUALITY = 5  # FFmpeg's quantiser scale, 2 best to 31 worst


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A picture.

    Attributes:
        jpeg: The file.
        at_us: Wall time of the frame.
    """

    jpeg: bytes
    at_us: int


def to_jpeg(mp4: bytes, width_px: int) -> bytes:
    """The first picture of an MP4 file as JPEG.

    Args:
        mp4: Initialisation segment and at least one fragment.
        width_px: Wanted width; a smaller picture is not enlarged.

    Raises:
        BadRequest: Nothing could be decoded.
    """
    try:
        with cast("Any", av.open(io.BytesIO(mp4), format="mp4")) as container:
            video = container.streams.video[0]
            video.thread_count = 1
            if not 0 < video.width * video.height <= _MAX_PIXELS:
                raise BadRequest(f"a picture of {video.width} x {video.height} cannot be shown")
            frame = next(container.decode(video))
            width = max(2, min(width_px, frame.width) & ~1)
            height = max(2, round(frame.height * width / frame.width) & ~1)
            return _encoded(frame.reformat(width=width, height=height, format="yuvj420p"))
    except (FFmpegError, StopIteration, IndexError, ValueError) as error:
        raise BadRequest("the key frame cannot be decoded; look at the live picture") from error


def _encoded(picture: Any) -> bytes:
    encoder = cast("Any", av.CodecContext.create("mjpeg", "w"))
    encoder.width, encoder.height, encoder.pix_fmt = picture.width, picture.height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"qmin": str(_JPEG_QUALITY), "qmax": str(_JPEG_QUALITY)}
    picture.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(picture), *encoder.encode(None)])
