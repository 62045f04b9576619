"""What can go wrong with a camera, to be switched on while it plays."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Self, get_args, get_type_hints

from vedette.base.errors import BadRequest


class ParameterSets(StrEnum):
    """Where a camera says its parameter sets."""

    BOTH = "both"
    SDP = "sdp"
    IN_BAND = "in_band"
    NOWHERE = "nowhere"


class Refusal(StrEnum):
    """How a camera does not do what it is asked."""

    NO = "no"
    HANG_UP = "hang_up"  # closes every connection at once
    SILENT = "silent"  # takes requests and never answers
    BUSY = "busy"  # 453 Not Enough Bandwidth
    NOT_FOUND = "not_found"  # 404
    ERROR = "error"  # 500
    GARBAGE = "garbage"  # answers with noise
    ENDLESS_HEADER = "endless_header"  # an answer whose header never ends
    ABSURD_LENGTH = "absurd_length"  # a Content-Length of 4 GiB


class SdpFault(StrEnum):
    """How an SDP is unusual (the first few) or broken (the others)."""

    NONE = "none"
    BARE_LF = "bare_lf"  # lines end with LF only
    NO_CONTROL = "no_control"  # neither session nor media says a control
    ABSOLUTE_CONTROL = "absolute_control"  # full URLs
    NO_SESSION_CONTROL = "no_session_control"  # and no Content-Base
    SPACED_FMTP = "spaced_fmtp"  # blanks, capitals and a trailing semicolon
    METADATA_TRACK = "metadata_track"  # an ONVIF metadata track comes first
    LATIN_1 = "latin_1"  # a session name that is not UTF-8
    NO_VIDEO = "no_video"
    UNKNOWN_CODEC = "unknown_codec"
    GARBAGE = "garbage"
    EMPTY = "empty"
    BAD_BASE64 = "bad_base64"  # of sprop-parameter-sets
    BOMB = "bomb"  # 200 000 media lines
    LONG_LINE = "long_line"  # one line of 8 MiB


@dataclass(slots=True)
class Faults:
    """Every fault that a simulated camera can have; all off at first, all settable at any time.

    Counts of packets and frames are per client and begin at 1; 0 switches a fault off.

    Attributes:
        lose_every: Every n-th RTP packet is not sent.
        lose_ratio: Share of RTP packets not sent, 0 to 1, by the camera's seed.
        lose_packets: Numbers of video RTP packets not sent.
        reorder_every: Every n-th packet is sent after its successor.
        duplicate_every: Every n-th packet is sent twice.
        stall_after_frames: Nothing is sent after that many video frames; the line stays open.
        disconnect_after_frames: The line is cut after that many video frames.
        garbage_after_frames: Noise instead of RTP, once, after that many video frames.
        sequence_jump_after_frames: The sequence number leaps by half its range, once.
        rtp_jump_after_frames: The RTP time leaps by ``rtp_jump_ticks`` from then on.
        rtp_jump_ticks: 90 kHz ticks, any sign.
        ntp_offset_us: Error of the camera's wall clock in sender reports.
        drift_ppm: RTP time runs that much too fast against the pace of the frames.
        sender_reports: Whether they are sent.
        bitrate_factor: Every frame is padded with filler to that many times its size.
        parameter_sets: Where they are said.
        sdp: See SdpFault.
        refuse: See Refusal.
        redirect_to: URL told with a 302 to whoever describes; empty for none.
        no_keep_alive: The camera knows neither GET_PARAMETER nor OPTIONS as keep-alive.
        one_byte_writes: TCP is written byte by byte.
    """

    lose_every: int = 0
    lose_ratio: float = 0.0
    lose_packets: frozenset[int] = field(default_factory=frozenset[int])
    reorder_every: int = 0
    duplicate_every: int = 0
    stall_after_frames: int = 0
    disconnect_after_frames: int = 0
    garbage_after_frames: int = 0
    sequence_jump_after_frames: int = 0
    rtp_jump_after_frames: int = 0
    rtp_jump_ticks: int = 0
    ntp_offset_us: int = 0
    drift_ppm: float = 0.0
    sender_reports: bool = True
    bitrate_factor: int = 1
    parameter_sets: ParameterSets = ParameterSets.BOTH
    sdp: SdpFault = SdpFault.NONE
    refuse: Refusal = Refusal.NO
    redirect_to: str = ""
    no_keep_alive: bool = False
    one_byte_writes: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Faults written as ``lose_every=50&stall_after_frames=300``, as in a URL's query.

        Raises:
            BadRequest: There is no such fault, or the value does not fit.
        """
        faults = cls()
        faults.update(text)
        return faults

    def update(self, text: str) -> None:
        """Set the faults named in such a text, leave the others.

        Raises:
            BadRequest: There is no such fault, or the value does not fit.
        """
        kinds = get_type_hints(type(self))
        for part in filter(None, text.split("&")):
            name, _, value = part.partition("=")
            if name not in kinds:
                known = ", ".join(item.name for item in fields(self))
                raise BadRequest(f"there is no fault {name!r}; known: {known}")
            try:
                setattr(self, name, _convert(kinds[name], value))
            except ValueError as error:
                raise BadRequest(f"fault {name} cannot be {value!r}") from error

    def clear(self) -> None:
        """Mend everything."""
        fresh = type(self)()
        for item in fields(self):
            setattr(self, item.name, getattr(fresh, item.name))


def _convert(kind: type, value: str) -> object:
    if kind is bool:
        if value not in {"0", "1", "true", "false"}:
            raise ValueError(value)
        return value in {"1", "true"}
    if get_args(kind):
        return frozenset(int(number) for number in value.split(",") if number)
    return kind(value)


@dataclass(slots=True)
class PacketFaults:
    """Loses, reorders and repeats the packets of one client, the same way for the same seed.

    Attributes:
        faults: Looked at for every packet.
        seed: For ``lose_ratio``.
        count: Packets seen so far.
        lost: Packets not sent so far.
    """

    faults: Faults
    seed: str
    count: int = 0
    lost: int = 0
    _random: random.Random = field(init=False)
    _held: bytes | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311  repeatable on purpose

    def apply(self, packets: Sequence[bytes]) -> tuple[list[bytes], int]:
        """What is sent in place of ``packets``, and how many of them are not sent at all."""
        faults = self.faults
        sent: list[bytes] = []
        lost = 0
        for packet in packets:
            self.count += 1
            count = self.count
            chance = self._random.random() if faults.lose_ratio else 1.0
            if (
                (faults.lose_every and count % faults.lose_every == 0)
                or count in faults.lose_packets
                or chance < faults.lose_ratio
            ):
                lost += 1
                continue
            if faults.reorder_every and count % faults.reorder_every == 0 and self._held is None:
                self._held = packet
                continue
            sent.append(packet)
            if faults.duplicate_every and count % faults.duplicate_every == 0:
                sent.append(packet)
            if self._held is not None:
                sent.append(self._held)
                self._held = None
        self.lost += lost
        return sent, lost
