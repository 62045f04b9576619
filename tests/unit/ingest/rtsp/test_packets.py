"""RTP packets to whole pictures: order, loss, wrapped numbers, every packetisation, and noise."""

import contextlib
import itertools
import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.base.errors import SourceLost, SourceProtocol
from vedette.ingest.ports import SenderReport, SourceFrame
from vedette.ingest.rtsp import rtcp
from vedette.ingest.rtsp.depacketisers import access_unit
from vedette.ingest.rtsp.depacketisers.aac import AacDepacketiser
from vedette.ingest.rtsp.depacketisers.access_unit import AccessUnit
from vedette.ingest.rtsp.depacketisers.h264 import H264Depacketiser, H264Sets
from vedette.ingest.rtsp.depacketisers.h265 import H265Depacketiser, H265Sets
from vedette.ingest.rtsp.feed import VideoFeed
from vedette.ingest.rtsp.reorder import MAX_WAIT_NS, ReorderBuffer
from vedette.ingest.rtsp.rtp import Moment, RtpReceiver, Unwrapper
from vedette.media import nal
from vedette.model.packet import StreamFormat

SPS = bytes.fromhex("674d4028da01e0089f961000000300100000030320f1832a")
PPS = bytes.fromhex("68ef3c80")
IDR = b"\x65\x88" + bytes(range(200))
SLICE = b"\x41\x9a" + b"p" * 60
LATER_SLICE = b"\x41\x12" + b"q" * 60  # does not begin the picture
SEI = b"\x06\x05\x02ab\x80"
AUD = b"\x09\xf0"


def rtp(
    sequence: int, payload: bytes, *, stamp: int = 0, marker: bool = False, ssrc: int = 7,
    kind: int = 96,
) -> bytearray:  # fmt: skip
    head = struct.pack(
        ">BBHII", 0x80, marker << 7 | kind, sequence & 0xFFFF, stamp & 0xFFFFFFFF, ssrc
    )
    return bytearray(head + payload)


def fragments(unit: bytes, size: int) -> list[bytes]:
    parts = [unit[1:][start : start + size] for start in range(0, len(unit) - 1, size)]
    heads = [0x80 | unit[0] & 31, *[unit[0] & 31] * (len(parts) - 2), 0x40 | unit[0] & 31]
    return [
        bytes((unit[0] & 0xE0 | 28, head)) + part for head, part in zip(heads, parts, strict=True)
    ]


def aggregate(*units: bytes) -> bytes:
    return b"\x18" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


class H264Line:
    """A receiver for H.264 that notes what it makes."""

    def __init__(self) -> None:
        self.units: list[AccessUnit] = []
        self.sets = H264Sets()
        self.builder = H264Depacketiser(self.sets, self.units.append)
        self.restarts = 0
        self.receiver = RtpReceiver(96, self.builder, self._restarted)

    def _restarted(self) -> None:
        self.restarts += 1

    def take(self, packets: Iterable[bytearray]) -> None:
        for packet in packets:
            self.receiver.packet(packet, 0, len(packet))

    def picture(self, start: int, *payloads: bytes, stamp: int) -> int:
        """One picture with the marker on its last packet; returns the next number."""
        for index, payload in enumerate(payloads):
            marker = index == len(payloads) - 1
            self.take([rtp(start + index, payload, stamp=stamp, marker=marker)])
        return start + len(payloads)

    @property
    def pictures(self) -> list[list[bytes]]:
        return [nal.split_lengths(unit.payload) for unit in self.units]


def test_aggregated_and_fragmented_units_become_one_picture() -> None:
    line = H264Line()
    parts = fragments(IDR, 50)
    line.picture(65_533, AUD, aggregate(SPS, PPS, SEI), *parts, stamp=9000)
    assert line.pictures == [[SEI, IDR]]
    assert line.units[0].key
    track = line.sets.track()
    assert track is not None
    assert (track.width, track.height) == (1920, 1080)


def test_picture_without_marker_ends_with_its_time_stamp() -> None:
    line = H264Line()
    line.take([rtp(1, IDR, stamp=0), rtp(2, SLICE, stamp=3600), rtp(3, SLICE, stamp=7200)])
    assert line.pictures == [[IDR], [SLICE]]


def test_parameter_sets_with_a_marker_of_their_own_wait_for_the_picture() -> None:
    line = H264Line()
    line.take([rtp(1, SPS, marker=True), rtp(2, PPS, marker=True), rtp(3, SEI, marker=True)])
    line.take([rtp(4, IDR, marker=True)])
    assert line.pictures == [[SEI, IDR]]


def test_camera_that_marks_every_slice_is_found_out() -> None:
    line = H264Line()
    number = itertools.count()
    for stamp in range(0, 5 * 3600, 3600):
        line.take([rtp(next(number), SLICE, stamp=stamp, marker=True)])
        line.take([rtp(next(number), LATER_SLICE, stamp=stamp, marker=True)])
    assert line.pictures[1:] == [[SLICE, LATER_SLICE]] * 3


def test_incomplete_picture_is_thrown_away_and_the_next_one_says_so() -> None:
    line = H264Line()
    after = line.picture(0, IDR, stamp=0)
    parts = fragments(SLICE, 10)
    line.take([rtp(after + i, part, stamp=3600) for i, part in enumerate(parts) if i != 2])
    line.picture(after + len(parts), SLICE, stamp=7200)
    assert line.pictures == [[IDR], [SLICE]]
    assert (line.units[1].lost_packets, line.units[1].damaged) == (1, 1)
    assert (line.receiver.expected, line.receiver.lost) == (2 + len(parts), 1)


def test_lost_beginning_or_end_is_noticed_too() -> None:
    for missing in (0, 5):
        line = H264Line()
        parts = fragments(SLICE, 10)
        assert len(parts) == 7
        after = line.picture(0, IDR, stamp=0)
        packets = [rtp(after + i, part, stamp=3600, marker=i == 6) for i, part in enumerate(parts)]
        line.take(packet for i, packet in enumerate(packets) if i not in {missing, missing + 1})
        line.picture(after + 7, SLICE, stamp=7200)
        assert line.pictures == [[IDR], [SLICE]]
        assert line.units[1].damaged == 1


def test_lost_whole_pictures_leave_the_next_one_whole() -> None:
    line = H264Line()
    line.picture(0, IDR, stamp=0)
    line.picture(9, SLICE, stamp=36_000)
    assert line.pictures == [[IDR], [SLICE]]
    assert (line.units[1].lost_packets, line.units[1].damaged) == (8, 0)


def test_lost_first_slice_of_several_is_noticed() -> None:
    line = H264Line()
    line.picture(0, IDR, stamp=0)
    line.picture(2, LATER_SLICE, stamp=3600)
    line.picture(3, SLICE, stamp=7200)
    assert line.pictures == [[IDR], [SLICE]]


def test_recovery_point_counts_as_key_frame_when_nothing_else_comes() -> None:
    recovery = b"\x06\x06\x01\xc4\x80"
    line = H264Line()
    intra = bytes((0x41, 0b1_0001000)) + b"i" * 30  # first macroblock 0, slice type 7 (I)
    line.picture(0, SPS, PPS, recovery, intra, stamp=0)
    line.picture(4, SLICE, stamp=3600)
    assert [unit.key for unit in line.units] == [True, False]


def test_extension_padding_and_contributors_are_passed_over() -> None:
    packet = bytearray(struct.pack(">BBHII", 0x80 | 0x20 | 0x10 | 2, 0x80 | 96, 5, 0, 7))
    packet += bytes(8) + struct.pack(">HHI", 0xBEDE, 1, 0) + IDR + b"\x00\x00\x03"
    line = H264Line()
    line.take([packet])
    assert line.pictures == [[IDR]]


def test_repeated_and_late_packets_are_dropped() -> None:
    line = H264Line()
    packets = [rtp(n, SLICE if n else IDR, stamp=n * 3600, marker=True) for n in range(4)]
    line.take([packets[0], packets[1], packets[1], packets[0], packets[2], packets[3]])
    assert len(line.units) == 4
    assert (line.receiver.late, line.receiver.lost) == (2, 0)


def test_single_forged_number_changes_nothing_and_a_leap_is_followed() -> None:
    line = H264Line()
    line.picture(100, IDR, stamp=0)
    line.take([rtp(40_000, SLICE, stamp=3600, marker=True)])
    line.picture(101, SLICE, stamp=3600)
    assert (len(line.units), line.receiver.lost) == (2, 0)
    for index in range(4):
        line.picture(40_000 + index, SLICE, stamp=(2 + index) * 3600)
    assert len(line.units) == 5
    assert line.receiver.lost == 1


def test_new_sender_is_told_and_endless_senders_are_cut_off() -> None:
    line = H264Line()
    line.picture(5, IDR, stamp=0)
    line.take([rtp(900, IDR, stamp=77, marker=True, ssrc=8)])
    assert (len(line.units), line.restarts, line.receiver.lost) == (2, 1, 0)
    with pytest.raises(SourceProtocol, match="keeps changing"):
        line.take(rtp(1, IDR, ssrc=9 + index) for index in range(100))


def test_endless_picture_is_cut_off() -> None:
    line = H264Line()
    start = b"\x7c\x85" + bytes(60_000)
    middle = b"\x7c\x05" + bytes(60_000)
    line.take([rtp(0, start)])

    def flood() -> None:
        for number in range(1, access_unit.MAX_UNIT_BYTES // 1000):
            line.take([rtp(number, middle if number < 400 else b"\x7c\x05a")])
            line.builder.check()

    with pytest.raises(SourceProtocol, match="single picture"):
        flood()


def test_h265_fragments_and_aggregates() -> None:
    units: list[AccessUnit] = []
    builder = H265Depacketiser(H265Sets(), units.append)
    receiver = RtpReceiver(96, builder, lambda: None)
    idr = bytes((0x26, 0x01, 0x80)) + bytes(range(90))
    sei = bytes((0x4E, 0x01, 0x05, 0x00, 0x80))
    packets = [bytes((0x60, 0x01)) + b"".join(len(u).to_bytes(2, "big") + u for u in (sei,))]
    body = idr[2:]
    for index, start in enumerate(range(0, len(body), 40)):
        flags = (0x80 if index == 0 else 0) | (0x40 if start + 40 >= len(body) else 0) | 19
        packets.append(bytes((0x62, 0x01, flags)) + body[start : start + 40])
    for number, payload in enumerate(packets):
        packet = rtp(number, payload, marker=number == len(packets) - 1)
        receiver.packet(packet, 0, len(packet))
    assert nal.split_lengths(units[0].payload) == [sei, idr]
    assert units[0].key


def test_aac_frames_and_fragments() -> None:
    got: list[tuple[int, int, bytes]] = []

    def note(stamp: int, extra: int, frame: bytes) -> None:
        got.append((stamp, extra, frame))

    depacketiser = AacDepacketiser({}, 1024, note)
    two = bytearray(struct.pack(">HHH", 32, 3 << 3, 2 << 3) + b"abcde")
    depacketiser.unit(two, 0, len(two), marker=True, stamp=500)
    for part in (b"abc", b"def"):
        piece = bytearray(struct.pack(">HH", 16, 6 << 3) + part)
        depacketiser.unit(piece, 0, len(piece), part == b"def", 900)
    assert got == [(500, 0, b"abc"), (500, 1024, b"de"), (900, 0, b"abcdef")]


@given(st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=80)), max_size=40))
def test_noise_in_payloads_raises_nothing_but_a_source_error(
    noise: list[tuple[int, bytes]],
) -> None:
    aac: list[bytes] = []
    makers = (
        H264Line().builder,
        H265Depacketiser(H265Sets(), lambda _unit: None),
        AacDepacketiser({}, 1024, lambda _stamp, _extra, frame: aac.append(frame)),
    )
    for maker in makers:
        receiver = RtpReceiver(96, maker, lambda: None)
        with contextlib.suppress(SourceLost):
            for number, (kind, payload) in enumerate(noise):
                stamp = number // 3 * 3600
                packet = rtp(number + (kind == 3), payload, stamp=stamp, marker=kind == 1)
                receiver.packet(packet, 0, len(packet))


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_noise_instead_of_packets_is_counted(noise: list[bytes]) -> None:
    line = H264Line()
    for packet in noise:
        line.receiver.packet(bytearray(packet), 0, len(packet))
        rtcp.parse_rtcp(packet)
    assert line.receiver.expected >= line.receiver.received


@given(st.lists(st.integers(-(1 << 31) + 1, (1 << 31) - 1), min_size=1), st.integers(0, 1 << 33))
def test_time_stamps_are_unwrapped(steps: list[int], start: int) -> None:
    true = [start & 0xFFFFFFFF, *itertools.accumulate(steps, initial=start & 0xFFFFFFFF)][1:]
    unwrapper = Unwrapper()
    assert [unwrapper.ticks(value & 0xFFFFFFFF) for value in true] == true


# reordering


def reordered(order: list[int], *, step_ns: int = 0) -> list[int]:
    out: list[int] = []
    moment = Moment()
    buffer = ReorderBuffer(
        lambda data, start, _stop: out.append(data[start + 2] << 8 | data[start + 3]), moment
    )
    for number in order:
        moment.ns += step_ns
        packet = rtp(number, b"x")
        buffer.packet(packet, 0, len(packet))
    buffer.flush()
    return out


@given(st.integers(0, 0xFFFF), st.permutations(range(1, 20)))
def test_datagrams_come_out_in_order_across_the_wrap(first: int, order: list[int]) -> None:
    sent = [first, *((first + number) & 0xFFFF for number in order)]
    assert reordered(sent) == [(first + number) & 0xFFFF for number in range(20)]


def test_missing_datagram_is_given_up_in_time() -> None:
    out = reordered([1, 3, 4, 5], step_ns=MAX_WAIT_NS)
    assert out == [1, 3, 4, 5]


def test_far_datagram_does_not_hold_up_the_stream() -> None:
    assert reordered([1, 2, 30_000, 30_001]) == [1, 2, 30_000, 30_001]


# RTCP


def test_sender_report_is_read_and_receiver_report_written() -> None:
    ntp = (0xE9000000, 0x80000000)
    packet = struct.pack(">BBHIIIIII", 0x80, 200, 6, 7, *ntp, 1234, 10, 20)
    [info] = rtcp.parse_rtcp(packet + b"junk")
    assert (info.ssrc, info.stamp) == (7, 1234)
    assert info.ntp_us == (0xE9000000 - 2_208_988_800) * 1_000_000 + 500_000
    reception = rtcp.Reception(7, 64, 3, 70_000, 90, info.middle, 1_500_000_000)
    report = rtcp.build_report(1, "vedette", reception)
    assert len(report) % 4 == 0
    words = struct.unpack_from(">BBHIIIIIII", report)
    assert words[:5] == (0x81, 201, 7, 1, 7)
    assert words[5] == 64 << 24 | 3
    assert words[6:10] == (70_000, 90, info.middle, 98_304)


class Nobody:
    """See MediaReceiver; counts."""

    def __init__(self) -> None:
        self.opens = 0

    def opened(self, stream_format: StreamFormat) -> None:
        del stream_format
        self.opens += 1

    def frame(self, frame: SourceFrame) -> None:
        del frame

    def sender_report(self, report: SenderReport) -> None:
        del report


def test_camera_that_changes_its_format_for_ever_is_cut_off() -> None:
    nobody, moment, sets = Nobody(), Moment(), H264Sets()
    feed = VideoFeed(sets, nobody, moment, rate=90_000, audio=None)
    sets.add(SPS)

    def flap() -> None:
        for number in range(100):
            moment.ns += 1_000_000
            sets.add(PPS + bytes((number + 1,)))
            feed.access_unit(AccessUnit(number * 3600, True, IDR, 0, 0))  # noqa: FBT003

    with pytest.raises(SourceProtocol, match="again and again"):
        flap()
    assert nobody.opens == 20
