"""Packets to groups: a group ends at the next key frame, or earlier when it grows too long.

This runs on the event loop for every packet of every camera, so the path of a packet is a few
comparisons and an append to a list; all arithmetic happens once per group.
"""

from collections.abc import Callable

from vedette.model.packet import Packet, StreamFormat, TrackKind
from vedette.record.group import Group

STALL_S = 3
"""A longer pause between two frames counts as time without footage."""

_VIDEO = TrackKind.VIDEO
_MOST_AUDIO = 1024


class GroupAssembler:
    """Gathers the groups of one run.

    Args:
        stream_format: Of the run.
        fragment_s: Longest group in seconds.
        fragment_bytes: Largest group in bytes.
        complete: Called with each group, not yet placed, and whether the stream stalled after it.
    """

    def __init__(
        self,
        stream_format: StreamFormat,
        *,
        fragment_s: float,
        fragment_bytes: int,
        complete: Callable[[Group, bool], None],
    ) -> None:
        self._timescale = stream_format.video.timescale
        self._rate = stream_format.audio.timescale if stream_format.audio else 0
        self._split_ticks = int(fragment_s * self._timescale)
        self._most_bytes = fragment_bytes
        self._complete = complete
        self._video: list[Packet] = []
        self._audio: list[Packet] = []
        self._bytes = 0
        self._split_dts = 0
        self._lost_packets = 0

    def take(self, packet: Packet) -> None:
        """Take the next packet of either track; video before the first key frame is left out."""
        if packet.track is _VIDEO:
            if packet.key:
                if self._video:
                    self._end_group(packet)
                self._split_dts = packet.dts + self._split_ticks
            elif not self._video:
                return  # nothing can be decoded before a key frame
            elif packet.dts >= self._split_dts or self._bytes > self._most_bytes:
                self._end_group(packet)
                self._split_dts = packet.dts + self._split_ticks
            self._video.append(packet)
        else:
            self._audio.append(packet)
            if len(self._audio) > _MOST_AUDIO or self._bytes > self._most_bytes:
                self._trim_audio()
        self._bytes += len(packet.payload)

    def _trim_audio(self) -> None:
        """No picture comes to end the group: forget the older half of the sound, and count it."""
        gone = self._audio[: len(self._audio) // 2]
        del self._audio[: len(gone)]
        self._bytes -= sum([len(packet.payload) for packet in gone])
        if self._video:
            self._lost_packets += len(gone)

    def finish(self) -> None:
        """The run ends: the last group is complete, its last frame lasts as long as usual."""
        if self._video:
            self._end_group(None)

    def _end_group(self, following: Packet | None) -> None:
        video, audio, size = self._video, self._audio, self._bytes
        self._video, self._audio, self._bytes = [], [], 0
        if audio and following is not None and self._rate:
            # What sounds with the following frame belongs to its group.
            border = following.pts * self._rate // self._timescale
            count = len(audio)
            while count and audio[count - 1].pts >= border:
                count -= 1
            self._audio = audio[count:]
            audio = audio[:count]
        last = video[-1].dts
        usual = last - video[-2].dts if len(video) > 1 else self._timescale // 25
        end_dts = following.dts if following is not None else last + usual
        stalled = end_dts - last > max(STALL_S * self._timescale, 5 * usual)
        if stalled:
            end_dts = last + usual
        group = Group(
            video,
            audio,
            end_dts,
            size,
            lost_frames=sum([frame.lost_frames for frame in video]),
            lost_packets=self._lost_packets
            + sum([packet.lost_packets for packet in video])
            + sum([packet.lost_packets for packet in audio]),
        )
        self._lost_packets = 0
        self._complete(group, stalled)
