"""HTTP Live Streaming playlists (RFC 8216) of recorded footage, for other players."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from vedette.base.units import ticks_to_us, us_to_text
from vedette.model.footage import FormatRow
from vedette.playback.replay import FragmentIndex
from vedette.playback.tracks import video_only

_HOLE_US = 100_000
"""Less than this between two files is the slewing of the clock, not a hole."""


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses relative to the playlist.

    Attributes:
        media: Of a fragment, from its start, by how much to move its decoding time (both
            microseconds), and whether the sound is left out.
        init: From a format's identifier and whether the sound is left out.
    """

    media: Callable[[int, int, bool], str]
    init: Callable[[str, bool], str]


def plays_audio(row: FormatRow) -> bool:
    """Whether players of HLS are sure to play the sound; G.711 they refuse."""
    return row.audio_codec.startswith("mp4a.") or row.audio_codec.lower() == "opus"


def _map(row: FormatRow, links: Links, *, video_alone: bool) -> str:
    """The initialisation segment with its length, which spares players a question."""
    size = len(video_only(row.init) if video_alone else row.init)
    return f'#EXT-X-MAP:URI="{links.init(row.id, video_alone)}",BYTERANGE="{size}@0"'


def playlist(index: FragmentIndex, links: Links) -> str:
    """A playlist of everything in the index, one entry per fragment.

    Media time begins anew in every file. Played as they lie, each file would be a discontinuity,
    and FFmpeg throws the first group of pictures after such a leap back away; so the fragments are
    moved onto one time line, on which a hole stays as long as it was. Only holes and new formats
    are discontinuities then.
    """
    lines: list[str] = []
    format_before = ""
    ends_us = shift_us = 0
    segment_us = -1
    wall_end_us = first_us = index.fragments[0][0].start_us if index.fragments else 0
    longest_s = 1.0
    for fragment, format_id in index.fragments:
        row = index.formats[format_id]
        video_alone = not plays_audio(row)
        media_us = ticks_to_us(fragment.media_start, row.video_timescale)
        hole = fragment.start_us - wall_end_us > _HOLE_US
        if fragment.segment_start_us != segment_us or hole:
            # Never back, even where the clock was slewed; and as exact as the wall clock is.
            at_us = max(ends_us, fragment.start_us - first_us) if hole else ends_us
            shift_us = max(0, at_us - media_us)
            segment_us = fragment.segment_start_us
        if format_before and (hole or format_id != format_before):
            lines.append("#EXT-X-DISCONTINUITY")
        if hole or not format_before or format_id != format_before:
            lines.append(_map(row, links, video_alone=video_alone))
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{us_to_text(fragment.start_us)}")
        duration_s = fragment.media_duration / row.video_timescale
        longest_s = max(longest_s, duration_s)
        lines.append(f"#EXTINF:{duration_s:.6f},")
        lines.append(links.media(fragment.start_us, shift_us, video_alone))
        ends_us = shift_us + media_us + ticks_to_us(fragment.media_duration, row.video_timescale)
        wall_end_us = fragment.start_us + fragment.duration_us
        format_before = format_id
    head = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        f"#EXT-X-TARGETDURATION:{math.ceil(longest_s)}",
    ]
    if all(fragment.key for fragment, _ in index.fragments):
        head.append("#EXT-X-INDEPENDENT-SEGMENTS")
    return "\n".join([*head, *lines, "#EXT-X-ENDLIST", ""])
