"""Footage back in time: which fragments to fetch, and the bytes of their files."""

from dataclasses import dataclass

from vedette.base.errors import NotFound
from vedette.catalog.ports import FootageIndex
from vedette.media.boxes import BadBox
from vedette.model.camera import StreamKey
from vedette.model.footage import FormatRow, Fragment, Segment
from vedette.playback.keyframe import HEAD_BYTES, first_sample, head_size, key_alone
from vedette.playback.ports import FootageFiles
from vedette.playback.tracks import read_tracks, shifted, video_only

_LEAD_IN_US = 30_000_000
"""How far back the key frame is looked for that the first fragment needs: a group of pictures is
a few seconds long and never crosses segments, so this is several times enough."""


@dataclass(frozen=True, slots=True)
class FragmentIndex:
    """What a player needs to fetch a range.

    Attributes:
        formats: By their identifier.
        fragments: Oldest first, each with the identifier of its format; decoding may start at the
            first one.
        next_us: Where to ask on when the limit cut the answer short, else None.
    """

    formats: dict[str, FormatRow]
    fragments: tuple[tuple[Fragment, str], ...]
    next_us: int | None


class Replay:
    """Answers players that go back in time."""

    def __init__(self, catalog: FootageIndex, files: FootageFiles) -> None:
        self._catalog = catalog
        self._files = files

    async def fragments(
        self, stream: StreamKey, start_us: int, end_us: int, limit: int
    ) -> FragmentIndex:
        """Fragments that overlap the range, and those before it that the first one needs.

        Args:
            stream: Whose footage.
            start_us: Wall time, included.
            end_us: Wall time, excluded.
            limit: Most fragments within the range, 1 or more.
        """
        owner = stream.organisation
        rows = await self._catalog.fragments(owner, stream, start_us, end_us, limit + 1)
        next_us = rows[limit].start_us if len(rows) > limit else None
        rows = rows[:limit]
        if rows and not rows[0].key:
            rows = [*await self._lead_in(rows[0]), *rows]
        while rows and not rows[0].key:
            rows = rows[1:]
        if not rows:
            return FragmentIndex({}, (), next_us)
        segments = await self._catalog.segments(
            owner, stream, rows[0].segment_start_us, rows[-1].start_us + 1, len(rows) + 2
        )
        format_of = {segment.start_us: segment.format_id for segment in segments}
        chosen = tuple(
            (row, format_of[row.segment_start_us])
            for row in rows
            if row.segment_start_us in format_of  # else it began to be erased a moment ago
        )
        formats = {
            format_id: await self._catalog.format(owner, format_id)
            for format_id in {format_id for _, format_id in chosen}
        }
        return FragmentIndex(formats, chosen, next_us)

    async def _lead_in(self, first: Fragment) -> list[Fragment]:
        earlier = await self._catalog.fragments(
            first.stream.organisation, first.stream, first.start_us - _LEAD_IN_US, first.start_us
        )
        lead: list[Fragment] = []
        for row in reversed(earlier):
            if row.segment_start_us != first.segment_start_us:
                break
            lead.insert(0, row)
            if row.key:
                return lead
        return []

    async def segment(self, stream: StreamKey, start_us: int) -> Segment:
        """The segment that begins at an instant.

        Raises:
            NotFound: There is none.
        """
        return await self._catalog.segment(stream.organisation, stream, start_us)

    async def read(self, segment: Segment, offset: int, size: int) -> bytes:
        """Bytes of a segment's file.

        Raises:
            NotFound: The file is gone or shorter than the catalogue says.
            StorageError: The volume cannot be read.
        """
        data = await self._files.reader(segment.volume).read(segment.path, offset, size)
        if len(data) < size:
            raise NotFound(
                f"the file of the segment at {segment.start_us} ends before byte {offset + size}; "
                "it was erased or damaged"
            )
        return data

    async def moved(
        self, stream: StreamKey, start_us: int, *, shift_us: int, video_alone: bool
    ) -> bytes:
        """One fragment with later decoding times, for playlists that join files.

        Args:
            stream: Whose footage.
            start_us: Of the fragment.
            shift_us: How much later, 0 or more.
            video_alone: Whether to leave the sound out.

        Raises:
            NotFound: There is no such fragment, or its file is gone.
            StorageError: The volume cannot be read.
        """
        owner = stream.organisation
        rows = await self._catalog.fragments(owner, stream, start_us, start_us + 1, 2)
        row = next((one for one in rows if one.start_us == start_us), None)
        if row is None:
            raise NotFound(f"no fragment begins at {start_us}; ask for the playlist anew")
        segment = await self._catalog.segment(owner, stream, row.segment_start_us)
        init = (await self._catalog.format(owner, segment.format_id)).init
        size = row.video_size if video_alone else row.size
        media = await self.read(segment, row.offset, size)
        return shifted(media, shift_us, read_tracks(init))

    async def keys(
        self, stream: StreamKey, segment_start_us: int, start_us: int, end_us: int
    ) -> bytes:
        """The key frames of one segment, each as a fragment that lasts as long as its group.

        Little is read for each: the head of the group, and the picture.

        Args:
            stream: Whose footage.
            segment_start_us: Names the segment.
            start_us: Of the first group, included.
            end_us: Excluded.

        Raises:
            NotFound: There is no such segment, or its file is gone.
            StorageError: The volume cannot be read.
            BadBox: The file is not as we record it.
        """
        segment = await self.segment(stream, segment_start_us)
        rows = await self._catalog.fragments(stream.organisation, stream, start_us, end_us)
        parts: list[bytes] = []
        for row in rows:
            if row.segment_start_us != segment_start_us or row.start_us < start_us or not row.key:
                continue
            head = await self.read(segment, row.offset, min(HEAD_BYTES, row.video_size))
            if head_size(head) > len(head):
                head = await self.read(segment, row.offset, min(head_size(head), row.video_size))
            sample = first_sample(head)
            end = sample.offset + sample.size
            if end > row.video_size:
                raise BadBox("a key frame reaches beyond its fragment")
            picture = head[sample.offset : end]
            if len(picture) < sample.size:
                at = row.offset + sample.offset + len(picture)
                picture += await self.read(segment, at, sample.size - len(picture))
            parts.append(key_alone(sample, picture, row.media_duration, len(parts) + 1))
        return b"".join(parts)

    async def init(self, organisation: str, format_id: str, *, video_alone: bool) -> bytes:
        """The initialisation segment of a format.

        Raises:
            NotFound: There is none.
        """
        row = await self._catalog.format(organisation, format_id)
        return video_only(row.init) if video_alone else row.init
