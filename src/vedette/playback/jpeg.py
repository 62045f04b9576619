"""One picture of a video as JPEG."""

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import av
from av.error import FFmpegError

from vedette.base.errors import BadRequest

_MAX_PIXELS = 64_000_000
_JPEG_QUALITY, _BEST_QUALITY = 5, 2  # FFmpeg's quantiser scale, 2 best to 31 worst
_JPEG = "yuvj420p"
_SAME_S = 0.002
"""Whoever asks for a frame names its time rounded down."""


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
            return _encoded(frame.reformat(width=width, height=height, format=_JPEG))
    except (FFmpegError, StopIteration, IndexError, ValueError) as error:
        raise BadRequest("the key frame cannot be decoded; look at the live picture") from error


def frame_at(mp4: bytes, media_s: float) -> tuple[bytes, float]:
    """The picture that is shown at a moment of an MP4 file, as a JPEG at full size.

    Args:
        mp4: Initialisation segment and fragments from a key frame on.
        media_s: Media time, seconds.

    Returns:
        The JPEG, and the media time at which the picture begins to be shown.

    Raises:
        BadRequest: Nothing could be decoded.
    """
    try:
        with cast("Any", av.open(io.BytesIO(mp4), format="mp4")) as container:
            video = container.streams.video[0]
            video.thread_count = 1
            if not 0 < video.width * video.height <= _MAX_PIXELS:
                raise BadRequest(f"a picture of {video.width} x {video.height} cannot be shown")
            shown = None
            for frame in container.decode(video):
                if shown is not None and frame.time > media_s + _SAME_S:
                    break
                shown = frame
            if shown is None:
                raise BadRequest("nothing at that moment can be decoded")
            picture = shown.reformat(width=shown.width & ~1, height=shown.height & ~1, format=_JPEG)
            return _encoded(picture, _BEST_QUALITY), float(shown.time)
    except (FFmpegError, IndexError, ValueError) as error:
        raise BadRequest("that moment cannot be decoded; export the footage instead") from error


def _encoded(picture: Any, quality: int = _JPEG_QUALITY) -> bytes:
    encoder = cast("Any", av.CodecContext.create("mjpeg", "w"))
    encoder.width, encoder.height, encoder.pix_fmt = picture.width, picture.height, _JPEG
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"qmin": str(quality), "qmax": str(quality)}
    picture.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(picture), *encoder.encode(None)])
