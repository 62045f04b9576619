"""RTCP: sender reports in, receiver reports out (RFC 3550, section 6); pure."""

import struct
from dataclasses import dataclass

_HEADER = struct.Struct(">BBH")
_SENDER = struct.Struct(">IIII")
_REPORT = struct.Struct(">IIIIIIII")
_SENDER_REPORT = 200
_RECEIVER_REPORT = 201
_DESCRIPTION = 202
_GOODBYE = 203
_CNAME = 1
_MAX_PACKETS = 32
_NTP_TO_UNIX_S = 2_208_988_800
_MASK_32 = (1 << 32) - 1
_DLSR_PER_S = 65_536


@dataclass(frozen=True, slots=True)
class SenderInfo:
    """The heart of a sender report.

    Attributes:
        ssrc: Of the sender.
        ntp_us: Its wall clock, microseconds since the Unix epoch; 0 when it has none.
        middle: The middle 32 bits of its NTP time, to be sent back.
        stamp: RTP time stamp of the same instant.
    """

    ssrc: int
    ntp_us: int
    middle: int
    stamp: int


@dataclass(frozen=True, slots=True)
class Reception:
    """What we say about a sender.

    Attributes:
        ssrc: Of the sender.
        fraction: Lost since the last report, 0 to 255 in 256ths.
        lost: In total, at least 0.
        highest: Extended highest sequence number.
        jitter: Ticks.
        middle: Of its last report, 0 without one.
        delay_ns: Since that report.
    """

    ssrc: int
    fraction: int
    lost: int
    highest: int
    jitter: int
    middle: int = 0
    delay_ns: int = 0


def parse_rtcp(data: bytes | bytearray) -> list[SenderInfo]:
    """The sender reports of a compound packet; what cannot be read ends it."""
    found: list[SenderInfo] = []
    position = 0
    for _ in range(_MAX_PACKETS):
        if position + _HEADER.size > len(data):
            break
        flags, kind, words = _HEADER.unpack_from(data, position)
        end = position + 4 + 4 * words
        if flags >> 6 != 2 or end > len(data):
            break
        if kind == _SENDER_REPORT and 4 + 4 * words >= 24:
            ssrc, seconds, fraction, stamp = (*_SENDER.unpack_from(data, position + 4),)
            found.append(_sender(ssrc, seconds, fraction, stamp))
        position = end
    return found


def _sender(ssrc: int, seconds: int, fraction: int, stamp: int) -> SenderInfo:
    ntp_us = 0
    if seconds:
        era = seconds if seconds & 0x80000000 else seconds + (1 << 32)  # era 1 begins in 2036
        ntp_us = (era - _NTP_TO_UNIX_S) * 1_000_000 + (fraction * 1_000_000 >> 32)
    middle = (seconds << 16 | fraction >> 16) & _MASK_32
    return SenderInfo(ssrc, ntp_us, middle, stamp)


def build_report(ssrc: int, name: str, reception: Reception | None) -> bytes:
    """A compound packet of receiver report and name.

    Args:
        ssrc: Ours.
        name: CNAME, at most 255 bytes of UTF-8.
        reception: None before the first packet of the sender.
    """
    block = b""
    if reception is not None:
        lost = min(max(reception.lost, 0), 0x7FFFFF)
        block = struct.pack(
            ">IIIIII",
            reception.ssrc,
            (reception.fraction & 0xFF) << 24 | lost,
            reception.highest & _MASK_32,
            min(reception.jitter, _MASK_32),
            reception.middle,
            min(reception.delay_ns * _DLSR_PER_S // 1_000_000_000, _MASK_32),
        )
    count = 1 if block else 0
    report = struct.pack(">BBHI", 0x80 | count, _RECEIVER_REPORT, 1 + len(block) // 4, ssrc)
    text = name.encode()[:255]
    chunk = struct.pack(">IBB", ssrc, _CNAME, len(text)) + text + b"\x00"
    chunk += b"\x00" * (-len(chunk) % 4)
    description = struct.pack(">BBH", 0x81, _DESCRIPTION, len(chunk) // 4) + chunk
    return report + block + description
