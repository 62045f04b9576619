"""Whether the bytes that somebody uploaded are the picture that they say they are."""

import hashlib
import struct
from typing import Any, cast

from av.codec.context import CodecContext
from av.error import FFmpegError
from av.packet import Packet

from vedette.base.errors import BadRequest
from vedette.model.site import PlanImage

MOST_BYTES = 8 * 1024 * 1024
"""A scanned plan in good resolution is about a megabyte."""
MOST_PIXELS = 40_000_000
LONGEST_SIDE_PX = 16_384
"""What browsers can hold as a texture; larger pictures would show as nothing at all."""

_CODECS = {"image/png": "png", "image/jpeg": "mjpeg", "image/webp": "webp"}


def kind_of(data: bytes) -> str | None:
    """The media type of a picture by its first bytes; None for anything but PNG, JPEG and WebP."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def checked_image(data: bytes) -> PlanImage:
    """What a picture is, after it was decoded once; takes up to a second of a core.

    An SVG is refused: it may carry scripts and links to elsewhere.

    Raises:
        BadRequest: It is no PNG, JPEG or WebP, is damaged, or is too large.
    """
    if len(data) > MOST_BYTES:
        raise BadRequest(f"the picture is larger than {MOST_BYTES >> 20} MB; make it smaller")
    media_type = kind_of(data)
    if media_type is None:
        raise BadRequest("a floor plan is a PNG, JPEG or WebP picture; save it as one of these")
    width, height = _decoded_size(_CODECS[media_type], _trimmed(media_type, data))
    if max(width, height) > LONGEST_SIDE_PX:
        raise BadRequest(f"the picture is wider or higher than {LONGEST_SIDE_PX} pixels; shrink it")
    return PlanImage(hashlib.sha256(data).hexdigest(), media_type, width, height)


def _trimmed(media_type: str, data: bytes) -> bytes:
    """Without what follows the picture in the file, such as a second one, which decoders refuse."""
    if media_type == "image/webp":
        return data[: 8 + struct.unpack_from("<I", data, 4)[0]]
    return data


def _decoded_size(codec: str, data: bytes) -> tuple[int, int]:
    context = cast("Any", CodecContext.create(codec, "r"))
    # The decoder looks at the size that the header promises before it takes memory for it.
    context.options = {"max_pixels": str(MOST_PIXELS), "err_detect": "explode"}
    context.thread_count = 1
    try:
        frames = [*context.decode(Packet(data)), *context.decode(None)]
    except (FFmpegError, ValueError, MemoryError) as error:
        raise BadRequest(_UNREADABLE) from error
    if not frames:
        raise BadRequest(_UNREADABLE)
    return frames[0].width, frames[0].height


_UNREADABLE = (
    f"the picture cannot be decoded: it is damaged, or has more than {MOST_PIXELS // 1_000_000} "
    "million pixels; save it anew"
)
