"""HTTP Live Streaming playlists (RFC 8216) over the files as they lie, for other players."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from vedette.base.units import us_to_text
from vedette.model.footage import FormatRow, Fragment
from vedette.playback.replay import FragmentIndex


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses relative to the playlist.

    Attributes:
        media: From the start of a segment, microseconds.
        init: From a format's identifier and whether the sound is left out.
    """

    media: Callable[[int], str]
    init: Callable[[str, bool], str]


def plays_audio(row: FormatRow) -> bool:
    """Whether players of HLS are sure to play the sound; G.711 they refuse."""
    return row.audio_codec.startswith("mp4a.") or row.audio_codec.lower() == "opus"


def _follows(before: Fragment, after: Fragment) -> bool:
    """Whether the media time of a file goes on."""
    return (
        before.segment_start_us == after.segment_start_us
        and before.media_start + before.media_duration == after.media_start
    )


def playlist(index: FragmentIndex, links: Links) -> str:
    """A playlist of everything in the index, one entry per fragment.

    Media time begins anew in every file, so each new file is a discontinuity with its own wall
    time; so is a hole within a file. Sound that players refuse is left out by naming only the
    video bytes of each fragment and an initialisation segment without the sound.
    """
    lines: list[str] = []
    before: tuple[Fragment, str] | None = None
    longest_s = 1.0
    for fragment, format_id in index.fragments:
        row = index.formats[format_id]
        video_alone = not plays_audio(row)
        if before is None or not _follows(before[0], fragment):
            if before is not None:
                lines.append("#EXT-X-DISCONTINUITY")
            if before is None or before[1] != format_id:
                lines.append(f'#EXT-X-MAP:URI="{links.init(format_id, video_alone)}"')
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{us_to_text(fragment.start_us)}")
        duration_s = fragment.media_duration / row.video_timescale
        longest_s = max(longest_s, duration_s)
        size = fragment.video_size if video_alone else fragment.size
        lines += [
            f"#EXTINF:{duration_s:.6f},",
            f"#EXT-X-BYTERANGE:{size}@{fragment.offset}",
            links.media(fragment.segment_start_us),
        ]
        before = (fragment, format_id)
    head = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        f"#EXT-X-TARGETDURATION:{math.ceil(longest_s)}",
    ]
    if all(fragment.key for fragment, _ in index.fragments):
        head.append("#EXT-X-INDEPENDENT-SEGMENTS")
    return "\n".join([*head, *lines, "#EXT-X-ENDLIST", ""])
