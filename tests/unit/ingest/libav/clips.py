"""Small clips, made by PyAV."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np


def write_clip(
    path: Path,
    *,
    codec: str = "libx264",
    frames: int = 25,
    audio: str | None = None,
    b_frames: int = 0,
    size: tuple[int, int] = (160, 96),
    container_format: str | None = None,
) -> Path:
    """A grey ramp of 25 frames per second, a key frame every 10, silence beside it."""
    options = {"bf": str(b_frames), "preset": "ultrafast"} if codec == "libx264" else {}
    opened: Any = av.open(str(path), "w", format=container_format)
    with opened as container:
        video: Any = container.add_stream(codec, rate=25, options=options)
        video.width, video.height = size
        video.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        video.gop_size = 10
        sound: Any = container.add_stream(audio, rate=8000) if audio is not None else None
        if sound is not None:
            sound.layout = "mono"
        for number in range(frames):
            picture = np.full((size[1], size[0], 3), number * 8 % 255, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if sound is not None:
            layout, format_name = "mono", "fltp" if audio == "aac" else "s16"
            for number in range(frames * 320 // 1024):
                values: Any = np.zeros((1, 1024), np.float32 if audio == "aac" else np.int16)
                silence = av.AudioFrame.from_ndarray(values, format=format_name, layout=layout)
                silence.sample_rate, silence.pts = 8000, number * 1024
                container.mux(sound.encode(silence))
            container.mux(sound.encode(None))
    return path
