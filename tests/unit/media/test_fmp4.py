"""What we write is what every demuxer reads: golden bytes, and PyAV as the judge."""

import io
import itertools
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from vedette.base.errors import SourceUnsupported
from vedette.media.fmp4 import AUDIO_TRACK_ID, VIDEO_TRACK_ID, Sample, fragment, init_segment
from vedette.model.packet import AudioTrack, Codec, StreamFormat, VideoTrack

FRAMES = 20
GOP = 10
STEP = 3600  # 25 frames per second at 90 kHz


def boxes_of(data: bytes) -> list[bytes]:
    """Kinds of the boxes that follow each other in ``data``."""
    kinds: list[bytes] = []
    while data:
        size = int.from_bytes(data[:4])
        kinds.append(data[4:8])
        assert 8 <= size <= len(data)
        data = data[size:]
    return kinds


def opened(data: bytes) -> InputContainer:
    container = av.open(io.BytesIO(data))
    assert isinstance(container, InputContainer)
    return container


def encode_video(encoder: str, reorder: int = 0) -> tuple[VideoTrack, list[Sample], list[int]]:
    """Real frames of a real encoder, in our form: track, samples, and their decoding times."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        options = {"bf": str(reorder), "x265-params": f"log-level=none:bframes={reorder}"}
        stream = container.add_stream(encoder, rate=25, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.gop_size = 64, 48, GOP
        stream.pix_fmt = "yuvj420p" if encoder == "mjpeg" else "yuv420p"
        if encoder == "libx265":
            stream.codec_tag = "hvc1"
        for index in range(FRAMES):
            picture = np.full((48, 64, 3), index * 12, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with opened(out.getvalue()) as container:
        stream = container.streams.video[0]
        config = stream.codec_context.extradata or b""
        packets = [packet for packet in container.demux(stream) if packet.pts is not None]
        unit = stream.time_base
        assert unit is not None
        dts = [int(packet.dts * unit * 90_000) for packet in packets if packet.dts is not None]
        pts = [int(packet.pts * unit * 90_000) for packet in packets if packet.pts is not None]
        shift = max(0, *(d - p for d, p in zip(dts, pts, strict=True)))
        samples = [
            Sample(bytes(packet), STEP, packet.is_keyframe, p + shift - d)
            for packet, p, d in zip(packets, pts, dts, strict=True)
        ]
    codec = {"libx264": Codec.H264, "libx265": Codec.HEVC, "mjpeg": Codec.MJPEG}[encoder]
    if codec is Codec.MJPEG:
        config = b""
    return VideoTrack(codec, config, "x", 64, 48, reorder), samples, [d - dts[0] for d in dts]


def file_of(fmt: StreamFormat, samples: list[Sample], sound: list[Sample]) -> bytes:
    """A recording of one or more groups of pictures with their sound."""
    parts = [init_segment(fmt)]
    video_time = audio_time = 0
    keys = [index for index, sample in enumerate(samples) if sample.key and index % GOP == 0]
    groups = itertools.pairwise([*keys, len(samples)])
    per_group = -(-len(sound) // len(keys))
    for number, (first, last) in enumerate(groups):
        group = samples[first:last]
        parts += fragment(VIDEO_TRACK_ID, number * 2 + 1, video_time, group)
        video_time += sum(sample.duration for sample in group)
        heard = sound[number * per_group : (number + 1) * per_group]
        if heard:
            parts += fragment(AUDIO_TRACK_ID, number * 2 + 2, audio_time, heard)
            audio_time += sum(sample.duration for sample in heard)
    return b"".join(parts)


def decoded(data: bytes) -> Iterator[av.VideoFrame]:
    with opened(data) as container:
        yield from container.decode(video=0)


@pytest.mark.parametrize(
    ("encoder", "reorder"), [("libx264", 0), ("libx264", 2), ("libx265", 0), ("mjpeg", 0)]
)
def test_every_frame_plays_at_its_time(encoder: str, reorder: int) -> None:
    track, samples, _ = encode_video(encoder, reorder)
    data = file_of(StreamFormat(track), samples, [])
    frames = list(decoded(data))
    assert len(frames) == FRAMES
    times = [frame.time for frame in frames]
    assert times == pytest.approx([(times[0] or 0) + index / 25 for index in range(FRAMES)])
    assert (times[0] or 0) <= 2 / 25
    with opened(data) as container:
        keys = [packet.is_keyframe for packet in container.demux(video=0) if packet.size]
    assert keys == [sample.key for sample in samples]


def test_negative_composition_offsets_survive() -> None:
    track, samples, _ = encode_video("libx264", 2)
    least = min(sample.cto for sample in samples) + 2 * STEP
    shifted = [sample._replace(cto=sample.cto - least) for sample in samples]
    assert min(sample.cto for sample in shifted) < 0
    frames = list(decoded(file_of(StreamFormat(track), shifted, [])))
    times = [frame.time or 0.0 for frame in frames]
    assert times == pytest.approx([times[0] + index / 25 for index in range(FRAMES)])


def aac_track() -> tuple[AudioTrack, list[Sample]]:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=16_000)
        assert isinstance(stream, AudioStream)
        stream.layout = "mono"
        for index in range(12):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate, frame.pts = 16_000, index * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with opened(out.getvalue()) as container:
        stream = container.streams.audio[0]
        config = stream.codec_context.extradata or b""
        packets = [bytes(packet) for packet in container.demux(stream) if packet.size]
    track = AudioTrack(Codec.AAC, config, "mp4a.40.2", 16_000, 1)
    return track, [Sample(payload, 1024, key=True) for payload in packets]


OPUS_HEAD = bytes.fromhex("00 01 0138 0000bb80 0000 00")


@pytest.mark.parametrize(
    ("track", "payload", "duration", "name"),
    [
        (AudioTrack(Codec.PCM_ALAW, b"", "alaw", 8000, 1), b"\xd5" * 160, 160, "pcm_alaw"),
        (AudioTrack(Codec.PCM_MULAW, b"", "ulaw", 8000, 1), b"\xff" * 160, 160, "pcm_mulaw"),
        (AudioTrack(Codec.OPUS, OPUS_HEAD, "opus", 48_000, 1), b"\xf8\xff\xfe", 960, "opus"),
    ],
)
def test_sound_lies_beside_the_picture(
    track: AudioTrack, payload: bytes, duration: int, name: str
) -> None:
    video, samples, _ = encode_video("libx264")
    sound = [Sample(payload, duration, key=True)] * 40
    data = file_of(StreamFormat(video, track), samples, sound)
    with opened(data) as container:
        stream = container.streams.audio[0]
        assert stream.codec_context.name in {name, f"lib{name}"}
        assert (stream.codec_context.sample_rate, stream.codec_context.channels) == (
            track.sample_rate,
            track.channels,
        )
        packets = [packet for packet in container.demux(stream) if packet.size]
        unit = stream.time_base
        assert unit is not None
    assert [bytes(packet) for packet in packets] == [payload] * 40
    assert [packet.pts * unit for packet in packets if packet.pts is not None] == [
        Fraction(index * duration, track.timescale) for index in range(40)
    ]
    assert len(list(decoded(data))) == FRAMES


def test_aac_decodes_and_stays_in_sync() -> None:
    video, samples, _ = encode_video("libx264")
    track, sound = aac_track()
    data = file_of(StreamFormat(video, track), samples, sound)
    with opened(data) as container:
        heard = sum(frame.samples for frame in container.decode(audio=0))
    assert heard == 1024 * len(sound)


def test_the_picture_alone_plays_without_the_audio_track() -> None:
    video, samples, _ = encode_video("libx264")
    fmt = StreamFormat(video, AudioTrack(Codec.PCM_ALAW, b"", "alaw", 8000, 1))
    silent = init_segment(fmt, audio=False)
    assert silent == init_segment(StreamFormat(video))
    data = silent + b"".join(fragment(VIDEO_TRACK_ID, 1, 0, samples[:GOP]))
    assert len(list(decoded(data))) == GOP


def test_the_bytes_of_a_fragment() -> None:
    parts = fragment(
        VIDEO_TRACK_ID,
        7,
        90_000,
        [Sample(b"key!", 3600, key=True), Sample(b"de", 3601, key=False, cto=-2)],
    )
    assert b"".join(parts) == bytes.fromhex(
        "00000074 6d6f6f66 "
        "00000010 6d666864 00000000 00000007 "
        "0000005c 74726166 "
        "00000010 74666864 00020000 00000001 "
        "00000014 74666474 01000000 00000000 00015f90 "
        "00000030 7472756e 01000b05 00000002 0000007c 02000000 "
        "00000e10 00000004 00000000 00000e11 00000002 fffffffe "
        "0000000e 6d646174 6b657921 6465"
    ), "the layout of recorded files is an interface; change it only on purpose"


def test_mixed_keys_are_flagged_one_by_one() -> None:
    parts = fragment(VIDEO_TRACK_ID, 1, 0, [Sample(b"a", 1, key=True)] * 2)
    row = bytes.fromhex("00000001 00000001 02000000")
    assert parts[0].endswith(row * 2 + bytes.fromhex("0000000a 6d646174"))


def test_initialisation_depends_on_the_format_alone() -> None:
    video, _, _ = encode_video("libx264")
    fmt = StreamFormat(video, AudioTrack(Codec.OPUS, OPUS_HEAD, "opus", 48_000, 1))
    assert init_segment(fmt) == init_segment(fmt)
    assert boxes_of(init_segment(fmt)) == [b"ftyp", b"moov"]


def test_what_mp4_cannot_hold_is_refused() -> None:
    video = VideoTrack(Codec.AAC, b"", "", 1, 1)
    with pytest.raises(SourceUnsupported, match="aac"):
        init_segment(StreamFormat(video))
    with pytest.raises(ValueError, match="at least one"):
        fragment(VIDEO_TRACK_ID, 1, 0, [])
