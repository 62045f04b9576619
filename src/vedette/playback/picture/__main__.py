"""The process that encodes one stream's pictures: messages in, messages out, till input ends."""

import os
import sys
import time
from typing import BinaryIO

from vedette.playback.picture.encoder import FFmpegError, PictureEncoder
from vedette.playback.picture.wire import (
    FORMAT,
    HEAD,
    MOST_BYTES,
    PICTURE,
    picture_message,
    read_format,
    read_picture,
)

_NICE = 10
"""Recording and live view come first."""
_MOST_FAILURES = 250
"""Access units in a row that cannot be decoded, ten seconds of them, before it gives up."""


def serve(source: BinaryIO, sink: BinaryIO) -> int:
    """Answer messages until there are no more.

    Returns:
        Exit status.
    """
    encoder: PictureEncoder | None = None
    failures = 0
    while len(head := source.read(HEAD.size)) == HEAD.size:
        kind, size = HEAD.unpack(head)
        if size > MOST_BYTES or len(body := source.read(size)) < size:
            return 1
        try:
            if kind == FORMAT:
                encoder = PictureEncoder(*read_format(body), time.monotonic_ns)
            elif kind == PICTURE and encoder is not None:
                for made in encoder.encode(read_picture(body)):
                    sink.write(picture_message(made))
                    failures = 0
                sink.flush()
        except FFmpegError as error:
            failures += 1
            if encoder is None or failures > _MOST_FAILURES:
                sys.stderr.write(f"pictures cannot be encoded: {error}\n")
                return 1
    return 0


if __name__ == "__main__":
    os.nice(_NICE)
    try:
        sys.exit(serve(sys.stdin.buffer, sys.stdout.buffer))
    except BrokenPipeError:
        os._exit(0)  # whoever asked is gone
