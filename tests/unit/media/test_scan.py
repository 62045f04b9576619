"""Recorded bytes read back: whole fragments are known again, anything else is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base.ids import new_id
from vedette.media.boxes import BadBox, box, boxes
from vedette.media.fmp4 import init_segment
from vedette.media.note import NOTE_BYTES, FragmentNote
from vedette.media.scan import (
    ScannedFragment,
    fragment_size,
    init_size,
    read_fragment,
)
from vedette.record.group import Group, encode, origin_of
from vedette.testing.feed import Feed

RUN = new_id()
START_US = 1_777_636_800_000_001


def recorded(*, audio: bool = True) -> tuple[Feed, bytes]:
    feed = Feed(key_interval=5, audio=audio)
    packets = list(feed.frames(5))
    video = [packet for packet in packets if packet.track == "video"]
    sound = [packet for packet in packets if packet.track == "audio"]
    group = Group(video, sound, 5 * 3600, 0, START_US, 200_000, lost_frames=3, lost_packets=7)
    encoded = encode(group, feed.format, origin_of(group, feed.format), 1, RUN)
    return feed, b"".join(encoded.parts)


FEED, DATA = recorded()


@pytest.mark.parametrize("audio", [True, False])
def test_what_was_recorded_is_known_again(audio: bool) -> None:
    _, data = recorded(audio=audio)
    scanned = read_fragment(data, nal_lengths=True)
    assert isinstance(scanned, ScannedFragment)
    note = scanned.note
    assert (note.run, note.start_us, note.duration_us) == (RUN, START_US, 200_000)
    assert (note.lost_frames, note.lost_packets, note.media_start) == (3, 7, 0)
    assert (note.video_size == note.size) == (not audio)
    assert (scanned.frames, scanned.media_duration, scanned.key) == (5, 5 * 3600, True)
    assert fragment_size(data[:NOTE_BYTES]) == len(data)
    kinds = [one.kind for one in boxes(data, 0, len(data))]
    assert kinds == [b"prft", b"uuid", b"moof", b"mdat", *([b"moof", b"mdat"] if audio else [])]


def test_the_wall_time_is_readable_for_other_tools() -> None:
    ntp = int.from_bytes(DATA[16:24])
    assert ntp >> 32 == START_US // 1_000_000 + 2_208_988_800
    assert (ntp & 0xFFFFFFFF) * 1_000_000 >> 32 in {0, 1}


def test_an_initialisation_segment_has_an_end() -> None:
    init = init_segment(FEED.format)
    assert init_size(init + DATA) == len(init)
    for bad in (b"", init[:20], init[:-1], DATA, b"\0" * 100):
        with pytest.raises(BadBox):
            init_size(bad)


@given(st.integers(0, len(DATA) - 1))
def test_a_torn_fragment_is_refused(length: int) -> None:
    with pytest.raises(BadBox):
        read_fragment(DATA[:length], nal_lengths=True)


@given(st.integers(0, len(DATA) - 1), st.integers(1, len(DATA)))
def test_pages_that_never_reached_the_disk_are_noticed(start: int, length: int) -> None:
    end = min(len(DATA), start + length)
    zeroed = DATA[:start] + bytes(end - start) + DATA[end:]
    try:
        scanned = read_fragment(zeroed, nal_lengths=True)
    except BadBox:
        return
    # A hole inside one NAL unit cannot be seen; the structure around it must be whole.
    assert (scanned.frames, scanned.note.size) == (5, len(DATA))


@given(st.binary(max_size=300))
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(BadBox):
        read_fragment(data, nal_lengths=False)
    with pytest.raises(BadBox):
        init_size(data)


@given(st.integers(0, len(DATA) - 1), st.integers(0, 255))
def test_a_flipped_byte_never_does_worse_than_being_refused(at: int, value: int) -> None:
    changed = DATA[:at] + bytes([value]) + DATA[at + 1 :]
    try:
        read_fragment(changed, nal_lengths=True)
    except BadBox:
        return


def test_boxes_must_fill_their_place() -> None:
    data = box(b"free", b"abc") + box(b"skip")
    assert [one.kind for one in boxes(data, 0, len(data))] == [b"free", b"skip"]
    with pytest.raises(BadBox):
        boxes(data, 0, len(data) - 1)
    with pytest.raises(BadBox):
        boxes(b"\0\0\0\4free", 0, 8)


def test_a_note_that_contradicts_itself_is_refused() -> None:
    note = FragmentNote(RUN, 0, 0, 0, 0, 0, size=10, video_size=20)
    with pytest.raises(BadBox):
        FragmentNote.decode(note.encode(1))
