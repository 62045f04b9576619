"""RTP packets out of NAL units and audio frames, and RTCP sender reports; pure functions."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from vedette.model.packet import Codec

NTP_EPOCH_OFFSET_S = 2_208_988_800
"""Seconds from 1900-01-01 to 1970-01-01 (RFC 5905)."""


def packetise_h264(units: Sequence[bytes], most_bytes: int) -> list[bytes]:
    """Payloads of one access unit: single, aggregated (STAP-A) or fragmented (FU-A) units.

    Args:
        units: NAL units.
        most_bytes: Largest payload, > 2.

    Source: RFC 6184, sections 5.6 to 5.8.
    """
    payloads: list[bytes] = []
    group: list[bytes] = []

    def close_group() -> None:
        if len(group) == 1:
            payloads.append(group[0])
        elif group:
            importance = max(unit[0] & 0x60 for unit in group)
            parts = [struct.pack(">H", len(unit)) + unit for unit in group]
            payloads.append(bytes([importance | 24]) + b"".join(parts))
        group.clear()

    for unit in units:
        if len(unit) > most_bytes:
            close_group()
            head = unit[0]
            step = most_bytes - 2
            for at in range(1, len(unit), step):
                start = 0x80 if at == 1 else 0
                end = 0x40 if at + step >= len(unit) else 0
                fragment = bytes([head & 0x60 | 28, start | end | head & 0x1F])
                payloads.append(fragment + unit[at : at + step])
            continue
        if 1 + sum(2 + len(member) for member in [*group, unit]) > most_bytes:
            close_group()
        group.append(unit)
    close_group()
    return payloads


def packetise_h265(units: Sequence[bytes], most_bytes: int) -> list[bytes]:
    """Payloads of one access unit: single, aggregated (AP) or fragmented (FU) units.

    Args:
        units: NAL units.
        most_bytes: Largest payload, > 3.

    Source: RFC 7798, sections 4.4.1 to 4.4.3.
    """
    payloads: list[bytes] = []
    group: list[bytes] = []

    def close_group() -> None:
        if len(group) == 1:
            payloads.append(group[0])
        elif group:
            parts = [struct.pack(">H", len(unit)) + unit for unit in group]
            payloads.append(bytes([48 << 1, group[0][1]]) + b"".join(parts))
        group.clear()

    for unit in units:
        if len(unit) > most_bytes:
            close_group()
            kind = unit[0] >> 1 & 0x3F
            head = bytes([unit[0] & 0x81 | 49 << 1, unit[1]])
            step = most_bytes - 3
            for at in range(2, len(unit), step):
                start = 0x80 if at == 2 else 0
                end = 0x40 if at + step >= len(unit) else 0
                payloads.append(head + bytes([start | end | kind]) + unit[at : at + step])
            continue
        if 2 + sum(2 + len(member) for member in [*group, unit]) > most_bytes:
            close_group()
        group.append(unit)
    close_group()
    return payloads


def packetise_aac(frame: bytes, most_bytes: int) -> list[bytes]:
    """Payloads of one AAC frame in mode AAC-hbr, fragmented when it is too long.

    Source: RFC 3640, sections 3.2 and 3.3.6 (13 bits of size, 3 bits of index).
    """
    head = struct.pack(">HH", 16, len(frame) << 3)
    step = most_bytes - len(head)
    return [head + frame[at : at + step] for at in range(0, len(frame), step)]


def packetise(codec: Codec, units: Sequence[bytes], most_bytes: int) -> list[bytes]:
    """Payloads of one access unit or audio frame in the codec's own format."""
    if codec is Codec.H264:
        return packetise_h264(units, most_bytes)
    if codec is Codec.HEVC:
        return packetise_h265(units, most_bytes)
    if codec is Codec.AAC:
        return packetise_aac(units[0], most_bytes)
    return [bytes(units[0])]


def wide_ntp(wall_us: int) -> int:
    """Microseconds since the Unix epoch as a 64-bit NTP time stamp."""
    seconds, microseconds = divmod(wall_us, 1_000_000)
    return (seconds + NTP_EPOCH_OFFSET_S & 0xFFFFFFFF) << 32 | (microseconds << 32) // 1_000_000


@dataclass(slots=True)
class RtpLane:
    """The numbering of one track's packets.

    Attributes:
        payload_type: 0 to 127.
        ssrc: Names the sender, 32 bits.
        sequence: Of the next packet, 16 bits.
        timestamp_base: RTP time of tick 0, 32 bits.
        packets: Sent so far.
        octets: Payload sent so far.
    """

    payload_type: int
    ssrc: int
    sequence: int
    timestamp_base: int
    packets: int = 0
    octets: int = 0

    def wrap(self, payloads: Sequence[bytes], ticks: int, *, marker: bool) -> list[bytes]:
        """Packets of one frame (RFC 3550, section 5.1).

        Args:
            payloads: One per packet.
            ticks: Of the track's clock since its start.
            marker: Whether the last packet carries the marker bit.
        """
        timestamp = self.timestamp_base + ticks & 0xFFFFFFFF
        packets: list[bytes] = []
        for index, payload in enumerate(payloads):
            last = marker and index == len(payloads) - 1
            kind = self.payload_type | (0x80 if last else 0)
            head = struct.pack(">BBHII", 0x80, kind, self.sequence, timestamp, self.ssrc)
            packets.append(head + payload)
            self.sequence = self.sequence + 1 & 0xFFFF
            self.packets += 1
            self.octets += len(payload)
        return packets

    def sender_report(self, ntp_us: int, ticks: int) -> bytes:
        """A compound packet of sender report and CNAME (RFC 3550, sections 6.4.1 and 6.5)."""
        report = struct.pack(
            ">BBHIQIII",
            0x80,
            200,
            6,
            self.ssrc,
            wide_ntp(ntp_us),
            self.timestamp_base + ticks & 0xFFFFFFFF,
            self.packets & 0xFFFFFFFF,
            self.octets & 0xFFFFFFFF,
        )
        name = b"camera"
        item = struct.pack(">IBB", self.ssrc, 1, len(name)) + name + b"\x00"
        item += b"\x00" * (-len(item) % 4)
        return report + struct.pack(">BBH", 0x81, 202, len(item) // 4) + item
