"""Hub items for tests, and how to make any of them."""

from hypothesis import strategies as st

from vedette.model.camera import StreamKey, StreamRole
from vedette.model.packet import (
    AudioTrack,
    Codec,
    GapReason,
    HubItem,
    Packet,
    StreamClosed,
    StreamFormat,
    StreamOpened,
    TrackKind,
    VideoTrack,
)

STREAM = StreamKey("school", "gate", StreamRole.MAIN)
FORMAT = StreamFormat(
    VideoTrack(Codec.H264, b"\x01config", "avc1.4D401F", 1920, 1080, 2),
    AudioTrack(Codec.AAC, b"\x15\x88", "mp4a.40.2", 8000, 1),
)
OPENED = StreamOpened("run-1", FORMAT, 1_000, 2_000)
CLOSED = StreamClosed(GapReason.STALLED, "nothing came for 10 s", 3_000, 4_000)


def packet(
    number: int, *, key: bool = False, track: TrackKind = TrackKind.VIDEO, size: int = 4
) -> Packet:
    payload = number.to_bytes(4, "big") + bytes(max(0, size - 4))
    return Packet(track, number * 3600, number * 3600, number, number, key, payload)


_INT64 = st.integers(-(2**63), 2**63 - 1)
_TEXT = st.text(max_size=40)
_VIDEO = st.builds(
    VideoTrack,
    st.sampled_from(Codec),
    st.binary(max_size=50),
    _TEXT,
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 16),
    st.integers(1, 2**32 - 1),
)
_AUDIO = st.builds(
    AudioTrack,
    st.sampled_from(Codec),
    st.binary(max_size=50),
    _TEXT,
    st.integers(1, 2**32 - 1),
    st.integers(1, 255),
)
ITEMS: st.SearchStrategy[HubItem] = st.one_of(
    st.builds(
        StreamOpened, _TEXT, st.builds(StreamFormat, _VIDEO, st.none() | _AUDIO), _INT64, _INT64
    ),
    st.builds(StreamClosed, st.sampled_from(GapReason), _TEXT, _INT64, _INT64),
    st.builds(
        Packet,
        st.sampled_from(TrackKind),
        _INT64,
        _INT64,
        _INT64,
        _INT64,
        st.booleans(),
        st.binary(max_size=3000),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**32 - 1),
    ),
)
