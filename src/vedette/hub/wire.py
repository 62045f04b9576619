"""Hub items as bytes, for packets that travel between processes; no pickles, no I/O.

All numbers are big endian. A message is an envelope and a slice of one encoded item; an item that
is larger than a network message travels in several parts, in order.

Envelope: version (1 byte), flags (1), publisher (8), part, parts (2 + 2), number, video number,
opening (8 each), then organisation, camera and role, each after its length (2). Item: kind (1),
then what its kind says below.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

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

VERSION = 1
MAX_ITEM_BYTES = 64 * 1024 * 1024
MAX_PARTS = 4096
PUBLISHER_BYTES = 8
_OPENED, _PACKET, _CLOSED = 1, 2, 3
_ENVELOPE = struct.Struct(">BB8sHHQQQ")
_TIMES = struct.Struct(">qq")
_PACKET_HEAD = struct.Struct(">BqqqqII")
_VIDEO = struct.Struct(">IIHI")
_AUDIO = struct.Struct(">IH")
_LENGTH = struct.Struct(">I")
_SHORT = struct.Struct(">H")
_IS_VIDEO, _IS_KEY = 1, 2


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands before a part of an item.

    Attributes:
        publisher: Random name of the publishing hub, 8 bytes.
        stream: Whose item.
        number: Of the item, counted by the publisher per stream from 1.
        video_number: Video packets of the stream up to and including this item.
        opening: Number of the ``StreamOpened`` of the current run, 0 while the stream is closed.
        part: 0 up to ``parts`` - 1.
        parts: How many the item was cut into; 0 for a message without an item, which only says
            that the publisher lives and how far it is.
        catch_up: Whether the item was published before the receiver asked for the stream.
    """

    publisher: bytes
    stream: StreamKey
    number: int
    video_number: int
    opening: int
    part: int = 0
    parts: int = 1
    catch_up: bool = False


def _text(value: str) -> bytes:
    data = value.encode()
    return _SHORT.pack(len(data)) + data


def _blob(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value


class _Cursor:
    """Reads fields one after another; raises ValueError at the end of the bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def unpack(self, form: struct.Struct) -> tuple[int, ...]:
        try:
            values = form.unpack_from(self._data, self._at)
        except struct.error:
            raise ValueError("the message is cut off") from None
        self._at += form.size
        return values

    def take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise ValueError("the message is cut off")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def text(self) -> str:
        (size,) = self.unpack(_SHORT)
        return self.take(size).decode()

    def blob(self) -> bytes:
        (size,) = self.unpack(_LENGTH)
        return self.take(size)

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)

    def finish(self) -> None:
        if self._at != len(self._data):
            raise ValueError("the message is too long")


def encode_item(item: HubItem) -> bytes:
    """One item as bytes."""
    if isinstance(item, Packet):
        flags = _IS_VIDEO * (item.track is TrackKind.VIDEO) | _IS_KEY * item.key
        head = _PACKET_HEAD.pack(
            flags,
            item.pts,
            item.dts,
            item.arrival_ns,
            item.wall_us,
            item.lost_frames,
            item.lost_packets,
        )
        return bytes((_PACKET,)) + head + item.payload
    times = _TIMES.pack(item.arrival_ns, item.wall_us)
    if isinstance(item, StreamOpened):
        return bytes((_OPENED,)) + times + _text(item.run) + _encode_format(item.format)
    return bytes((_CLOSED,)) + times + _text(item.reason) + _text(item.detail)


def _encode_format(found: StreamFormat) -> bytes:
    video, audio = found.video, found.audio
    parts = [
        _text(video.codec),
        _blob(video.config),
        _text(video.codec_string),
        _VIDEO.pack(video.width, video.height, video.reorder, video.timescale),
        bytes((audio is not None,)),
    ]
    if audio is not None:
        parts += [
            _text(audio.codec),
            _blob(audio.config),
            _text(audio.codec_string),
            _AUDIO.pack(audio.sample_rate, audio.channels),
        ]
    return b"".join(parts)


def decode_item(data: bytes) -> HubItem:
    """The item from bytes.

    Raises:
        ValueError: They are no item.
    """
    if not data:
        raise ValueError("the message is empty")
    cursor = _Cursor(data[1:])
    if data[0] == _PACKET:
        flags, pts, dts, arrival_ns, wall_us, lost_frames, lost_packets = cursor.unpack(
            _PACKET_HEAD
        )
        return Packet(
            track=TrackKind.VIDEO if flags & _IS_VIDEO else TrackKind.AUDIO,
            pts=pts,
            dts=dts,
            arrival_ns=arrival_ns,
            wall_us=wall_us,
            key=bool(flags & _IS_KEY),
            payload=cursor.rest(),
            lost_frames=lost_frames,
            lost_packets=lost_packets,
        )
    if data[0] not in {_OPENED, _CLOSED}:
        raise ValueError("the message is of an unknown kind")
    arrival_ns, wall_us = cursor.unpack(_TIMES)
    item: HubItem
    if data[0] == _OPENED:
        item = StreamOpened(cursor.text(), _decode_format(cursor), arrival_ns, wall_us)
    else:
        item = StreamClosed(GapReason(cursor.text()), cursor.text(), arrival_ns, wall_us)
    cursor.finish()
    return item


def _decode_format(cursor: _Cursor) -> StreamFormat:
    codec, config, codec_string = Codec(cursor.text()), cursor.blob(), cursor.text()
    width, height, reorder, timescale = cursor.unpack(_VIDEO)
    video = VideoTrack(codec, config, codec_string, width, height, reorder, timescale)
    if cursor.take(1) == b"\0":
        return StreamFormat(video)
    codec, config, codec_string = Codec(cursor.text()), cursor.blob(), cursor.text()
    sample_rate, channels = cursor.unpack(_AUDIO)
    return StreamFormat(video, AudioTrack(codec, config, codec_string, sample_rate, channels))


def encode_envelope(envelope: Envelope) -> bytes:
    """What to put before a part.

    Raises:
        ValueError: The publisher's name is not 8 bytes long.
    """
    if len(envelope.publisher) != PUBLISHER_BYTES:
        raise ValueError("a publisher is named by 8 bytes")
    head = _ENVELOPE.pack(
        VERSION,
        envelope.catch_up,
        envelope.publisher,
        envelope.part,
        envelope.parts,
        envelope.number,
        envelope.video_number,
        envelope.opening,
    )
    stream = envelope.stream
    return head + _text(stream.organisation) + _text(stream.camera) + _text(stream.role)


def messages(envelope: Envelope, item: HubItem | None, max_bytes: int) -> Iterator[bytes]:
    """An item as network messages of at most ``max_bytes``, in the order to send them.

    Raises:
        ValueError: The item is larger than 64 MiB or needs more than 4096 parts.
    """
    if item is None:
        yield encode_envelope(replace(envelope, part=0, parts=0))
        return
    body = encode_item(item)
    room = max_bytes - len(encode_envelope(envelope))
    parts = -(-len(body) // room) if room > 0 else MAX_PARTS + 1
    if len(body) > MAX_ITEM_BYTES or parts > MAX_PARTS:
        raise ValueError("an item is too large to travel")
    for part in range(parts):
        head = encode_envelope(replace(envelope, part=part, parts=parts))
        yield head + body[part * room : (part + 1) * room]


def decode_message(data: bytes) -> tuple[Envelope, bytes]:
    """The envelope of a message, and its part of an item.

    Raises:
        ValueError: The bytes are no such message.
    """
    cursor = _Cursor(data)
    try:
        fields = _ENVELOPE.unpack_from(data)
    except struct.error:
        raise ValueError("the message is cut off") from None
    version, flags, publisher, part, parts, number, video_number, opening = fields
    cursor.take(_ENVELOPE.size)
    if version != VERSION:
        raise ValueError(f"the message is of version {version}, not {VERSION}")
    if parts > MAX_PARTS or part >= max(1, parts):
        raise ValueError("the message has an impossible part")
    stream = StreamKey(cursor.text(), cursor.text(), StreamRole(cursor.text()))
    envelope = Envelope(
        publisher, stream, number, video_number, opening, part, parts, catch_up=bool(flags & 1)
    )
    return envelope, cursor.rest()
