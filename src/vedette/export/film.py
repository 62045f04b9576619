"""One MP4 file that grows by recorded fragments, its header written last into room kept for it.

Blocking; one thread writes a file. Time in the file is wall time: each fragment begins where its
wall time says, so that two cameras stay in step and nothing drifts over a day.
"""

import contextlib
import hashlib
import os
from array import array
from dataclasses import dataclass
from pathlib import Path

from vedette.base.units import ticks_to_us, us_to_ticks
from vedette.export.sound import FRAME_SAMPLES, TelephoneSound
from vedette.media.boxes import BadBox
from vedette.media.fmp4 import AUDIO_TRACK_ID, VIDEO_TRACK_ID
from vedette.media.mp4 import (
    FREE_BYTES,
    FTYP,
    MDAT_HEADER_BYTES,
    Edit,
    SampleTable,
    Track,
    TrackEntry,
    filler,
    mdat_header,
    moov,
)
from vedette.media.samples import Samples, read_samples
from vedette.model.footage import Fragment

_SYNC_BYTES = 16 * 1024 * 1024
"""Written between two syncs, so that no recorder's sync waits for a mountain of ours."""
_COPY_BYTES = 1024 * 1024
_FAR = 1 << 62


@dataclass(frozen=True, slots=True)
class Delivered:
    """A fragment as it lies in the file.

    Attributes:
        offset: Of its first byte in the file.
        bytes: Length.
        sha256: Of these bytes, hexadecimal.
        frames: Video frames that were taken.
    """

    offset: int
    bytes: int
    sha256: str
    frames: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What a finished film shows.

    Attributes:
        start_us: Wall time of the first picture.
        end_us: Wall time at which the last one ends.
        payload_at: Where the payload begins, from which ``Delivered.offset`` counts.
    """

    start_us: int
    end_us: int
    payload_at: int


@dataclass(frozen=True, slots=True)
class Window:
    """Only pictures from ``start_us`` up to ``end_us``, excluded, are shown."""

    start_us: int
    end_us: int


class Film:
    """A file being written.

    Args:
        path: Must not exist.
        video: How the pictures are declared.
        audio: How the sound is declared; None for silence.
        start_us: Wall time of the first fragment.
        room_bytes: Kept free for the header; when it does not do, the file is written anew.
        window: What to show of it; None shows everything.
        telephone: Turns the sound into AAC; None keeps it.
    """

    def __init__(
        self,
        path: Path,
        video: TrackEntry,
        audio: TrackEntry | None,
        *,
        start_us: int,
        room_bytes: int,
        window: Window | None = None,
        telephone: TelephoneSound | None = None,
    ) -> None:
        self._path = path
        self._start_us = start_us
        self._video = SampleTable(video)
        declared = telephone.entry if telephone is not None else audio
        self._audio = SampleTable(declared) if declared is not None else None
        self._telephone = telephone
        self._scale = scale = video.timescale
        self._from = us_to_ticks(window.start_us - start_us, scale) if window else -_FAR
        self._until = us_to_ticks(window.end_us - start_us, scale) if window else _FAR
        self._payload_at = len(FTYP) + max(FREE_BYTES, room_bytes) + MDAT_HEADER_BYTES
        self._length = 0  # of the payload
        self._unsynced = 0
        self._last_dts = 0
        self._lead = 0  # composition offset of the first frame
        self._shown: array[int] = array("q", [_FAR, -_FAR, -_FAR])  # first, last, end of the last
        self._hidden = _FAR  # the earliest picture after the window
        self._audio_start: int | None = None
        self._audio_dts = 0  # of the last sample
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    @property
    def length(self) -> int:
        """Bytes so far, with the room for the header."""
        return self._payload_at + self._length

    @property
    def shows(self) -> bool:
        """Whether any picture is shown; else the file is worth nothing."""
        return self._shown[1] > -_FAR

    def append(self, fragment: Fragment, data: bytes) -> Delivered | None:
        """Add a fragment whose bytes were compared with their hash.

        Returns:
            Where it lies; None when no picture of it belongs into the window.

        Raises:
            BadBox: The bytes are no fragment.
            OSError: They cannot be written.
        """
        parts = read_samples(data, default_keys=frozenset({AUDIO_TRACK_ID}))
        video = next((one for one in parts if one.track_id == VIDEO_TRACK_ID), None)
        if video is None:
            raise BadBox("the fragment holds no pictures")
        audio = next((one for one in parts if one.track_id == AUDIO_TRACK_ID), None)
        at = self._length
        frames, picture = self._take_video(fragment, video, data)
        if not frames:
            return None
        pieces = [picture]
        if audio is not None and self._audio is not None:
            pieces += self._take_audio(fragment, video, audio, data)
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
        return Delivered(at, self._length - at, digest.hexdigest(), frames)

    def finish(self) -> Shown:
        """Write the header and make everything durable.

        Raises:
            OSError: The disk does not take it.
        """
        if self._telephone is not None and self._audio is not None:
            self._write_converted(self._telephone.end())
        tracks = self._tracks()
        header = moov(tracks, self._scale, self._shown_us(0), self._payload_at)
        room = self._payload_at - MDAT_HEADER_BYTES - len(FTYP)
        spare = room - len(header)
        if spare == 0 or spare >= FREE_BYTES:
            rest = filler(spare) if spare else b""
            head = FTYP + header + rest + mdat_header(self._length)
            _write_all(self._file, head, 0)
        else:
            self._write_anew(tracks)
        os.fsync(self._file)
        self.close()
        return Shown(self._shown_us(0), self._shown_us(2), self._payload_at)

    def close(self) -> None:
        """Let go of the file, whatever is in it; may be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _shown_us(self, which: int) -> int:
        return self._start_us + ticks_to_us(self._shown[which], self._scale)

    def _take_video(
        self, fragment: Fragment, video: Samples, data: bytes
    ) -> tuple[int, memoryview]:
        table, first = self._video, not self._video.count
        if first:
            self._lead = video.ctos[0]
        base = us_to_ticks(fragment.start_us - self._start_us, self._scale)
        base = 0 if first else max(self._last_dts + 1, base + self._lead - video.ctos[0])
        count = self._note_pictures(base, video)
        if not count:
            return 0, memoryview(b"")
        if not first:
            table.end_last_sample(base - self._last_dts)
        self._last_dts = base + sum(video.durations[: count - 1])
        size = sum(video.sizes[:count])
        piece = memoryview(data)[video.payload : video.payload + size]
        table.add_chunk(
            self._length,
            video.sizes[:count],
            video.durations[:count],
            video.ctos[:count],
            video.keys[:count],
        )
        self._write(piece)
        return count, piece

    def _note_pictures(self, base: int, video: Samples) -> int:
        """How many samples, in decoding order, lead up to the last picture that is shown."""
        shown, dts, count = self._shown, base, 0
        for index, (duration, cto) in enumerate(zip(video.durations, video.ctos, strict=True)):
            at = dts + cto - self._lead
            dts += duration
            if at >= self._until:
                self._hidden = min(self._hidden, at)
                continue
            count = index + 1
            if at >= self._from:
                shown[0] = min(shown[0], at)
                if at > shown[1]:
                    shown[1], shown[2] = at, at + duration
        return count

    def _take_audio(
        self, fragment: Fragment, video: Samples, audio: Samples, data: bytes
    ) -> list[bytes | memoryview]:
        table = self._audio
        assert table is not None  # noqa: S101  asked by the caller
        rate = table.entry.timescale
        shown = us_to_ticks(ticks_to_us(video.base_dts + video.ctos[0], self._scale), rate)
        at = us_to_ticks(fragment.start_us - self._start_us, rate) + audio.base_dts - shown
        until = us_to_ticks(ticks_to_us(self._until, self._scale), rate)
        times: list[int] = []
        for duration in audio.durations:
            if at >= until:
                break
            times.append(at)
            at += duration
        count = len(times)
        if not count:
            return []
        if self._telephone is not None:
            return list(self._convert(times, audio, data))
        begin = times[0]
        if self._audio_start is None:
            self._audio_start = begin
        else:
            begin = max(begin, self._audio_dts)
            table.end_last_sample(begin - self._audio_dts)
        self._audio_dts = begin + times[-1] - times[0]
        piece = memoryview(data)[audio.payload : audio.payload + sum(audio.sizes[:count])]
        durations = audio.durations[:count]
        table.add_chunk(self._length, audio.sizes[:count], durations, (0,) * count, (True,) * count)
        self._write(piece)
        return [piece]

    def _convert(self, times: list[int], audio: Samples, data: bytes) -> list[bytes]:
        assert self._telephone is not None  # noqa: S101  asked by the caller
        at = audio.payload
        frames: list[tuple[int, bytes]] = []
        for ticks, size in zip(times, audio.sizes, strict=False):
            frames.append((ticks, data[at : at + size]))
            at += size
        return self._write_converted(self._telephone.feed(frames))

    def _write_converted(self, frames: list[bytes]) -> list[bytes]:
        if not frames or self._audio is None or self._telephone is None:
            return []
        self._audio_start = self._telephone.start
        count = len(frames)
        self._audio.add_chunk(
            self._length,
            [len(frame) for frame in frames],
            (FRAME_SAMPLES,) * count,
            (0,) * count,
            (True,) * count,
        )
        self._write(b"".join(frames))
        return frames

    def _tracks(self) -> list[Track]:
        first, _, end = self._shown
        end = self._shown[2] = max(first + 1, min(end, self._hidden))
        tracks = [Track(self._video, (Edit(end - first, first + self._lead),))]
        if self._audio is not None and self._audio_start is not None and self._audio.count:
            edits = self._audio_edits(first, end)
            if edits:
                tracks.append(Track(self._audio, edits))
        return tracks

    def _audio_edits(self, first: int, end: int) -> tuple[Edit, ...]:
        """Sound from the first picture on; silence while it has not begun."""
        table, start = self._audio, self._audio_start
        assert table is not None and start is not None  # noqa: S101,PT018  asked by the caller
        rate, scale = table.entry.timescale, self._scale
        late = start - us_to_ticks(ticks_to_us(first, scale), rate)
        sounds = table.media_duration + min(0, late)
        if sounds <= 0:
            return ()
        room = end - first - max(0, late) * scale // rate
        lasts = min(room, sounds * scale // rate)
        if lasts <= 0:
            return ()
        if late > 0:
            return (Edit(late * scale // rate, -1), Edit(lasts, 0))
        return (Edit(lasts, -late),)

    def _write(self, piece: bytes | memoryview) -> None:
        _write_all(self._file, piece, self._payload_at + self._length)
        self._length += len(piece)
        self._unsynced += len(piece)
        if self._unsynced >= _SYNC_BYTES:
            os.fdatasync(self._file)
            self._unsynced = 0

    def _write_anew(self, tracks: list[Track]) -> None:
        """The header is larger than its room: write the payload once more behind it."""
        at = self._payload_at
        header = moov(tracks, self._scale, self._shown_us(0), at + (1 << 32))
        room = len(FTYP) + len(header) + FREE_BYTES + MDAT_HEADER_BYTES
        header = moov(tracks, self._scale, self._shown_us(0), room)
        spare = room - MDAT_HEADER_BYTES - len(FTYP) - len(header)
        fresh = self._path.with_suffix(".anew")
        target = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            head = FTYP + header + filler(spare) + mdat_header(self._length)
            _write_all(target, head, 0)
            for offset in range(0, self._length, _COPY_BYTES):
                piece = os.pread(self._file, min(_COPY_BYTES, self._length - offset), at + offset)
                _write_all(target, piece, room + offset)
            fresh.rename(self._path)
        except BaseException:
            os.close(target)
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise
        os.close(self._file)
        self._file, self._payload_at = target, room


def _write_all(file: int, piece: bytes | memoryview, offset: int) -> None:
    rest = memoryview(piece)
    while rest:
        written = os.pwrite(file, rest, offset)
        rest, offset = rest[written:], offset + written
