from vedette.media.fmp4 import init_segment
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.footage import FormatRow, Fragment
from vedette.playback.hls import Links, playlist
from vedette.playback.replay import FragmentIndex
from vedette.testing.house import format_of
from vedette.testing.media import ClipSpec, make_clip

STREAM = StreamKey("o", "c", StreamRole.MAIN)
INIT = init_segment(format_of(make_clip(ClipSpec(frames=1))))
AAC = FormatRow("f1", INIT, "avc1.4D401F", "mp4a.40.2", 1920, 1080, 90_000)
ALAW = FormatRow("f2", INIT, "avc1.4D401F", "alaw", 1920, 1080, 90_000)
LINKS = Links(
    media=lambda start_us, shift_us, video_alone: (
        f"media/{start_us}/{shift_us}/{'video' if video_alone else 'all'}"
    ),
    init=lambda format_id, video_alone: f"init/{format_id}/{'video' if video_alone else 'all'}",
)


def fragment(
    number: int, segment: int = 0, *, at_us: int | None = None, key: bool = True
) -> Fragment:
    return Fragment(
        stream=STREAM,
        start_us=segment + number * 2_000_000 if at_us is None else at_us,
        duration_us=2_000_000,
        segment_start_us=segment,
        offset=1000 + 500 * number,
        size=500,
        video_size=400,
        media_start=180_000 * number,
        media_duration=180_000,
        frames=50,
        lost_frames=0,
        lost_packets=0,
        key=key,
        sha256=b"",
    )


def lines(*fragments: tuple[Fragment, FormatRow]) -> list[str]:
    formats = {row.id: row for _, row in fragments}
    chosen = tuple((one, row.id) for one, row in fragments)
    return playlist(FragmentIndex(formats, chosen, None), LINKS).splitlines()


def entries(found: list[str]) -> list[str]:
    return [line for line in found if line.startswith("media/")]


def test_two_fragments_of_one_file_play_on() -> None:
    assert lines((fragment(0), AAC), (fragment(1), AAC)) == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-TARGETDURATION:2",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="init/f1/all",BYTERANGE="{len(INIT)}@0"',
        "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00.000000Z",
        "#EXTINF:2.000000,",
        "media/0/0/all",
        "#EXTINF:2.000000,",
        "media/2000000/0/all",
        "#EXT-X-ENDLIST",
    ]


def test_the_next_file_goes_on_where_the_last_one_ended() -> None:
    found = lines(
        (fragment(0), AAC),
        (fragment(1), AAC),
        (fragment(0, 4_000_000), AAC),
        (fragment(1, 4_000_000), AAC),
    )
    assert entries(found) == [
        "media/0/0/all",
        "media/2000000/0/all",
        "media/4000000/4000000/all",
        "media/6000000/4000000/all",
    ]
    assert "#EXT-X-DISCONTINUITY" not in found


def test_a_slewed_clock_never_turns_media_time_back() -> None:
    found = lines((fragment(0), AAC), (fragment(0, 1_999_000), AAC), (fragment(0, 4_000_000), AAC))
    assert entries(found) == [
        "media/0/0/all",
        "media/1999000/2000000/all",
        "media/4000000/4000000/all",
    ]
    assert "#EXT-X-DISCONTINUITY" not in found


def test_holes_and_new_formats_are_discontinuities() -> None:
    found = lines(
        (fragment(0), AAC),
        (fragment(2), AAC),  # fragment 1 is missing
        (fragment(0, 60_000_000), AAC),
        (fragment(0, 62_000_000), ALAW),
    )
    assert found.count("#EXT-X-DISCONTINUITY") == 3
    assert sum(line.startswith("#EXT-X-PROGRAM-DATE-TIME") for line in found) == 4
    assert sum(line.startswith("#EXT-X-MAP") for line in found) == 4
    assert entries(found) == [
        "media/0/0/all",
        "media/4000000/0/all",
        "media/60000000/60000000/all",
        "media/62000000/62000000/video",
    ], "G.711 is left out"


def test_a_group_of_pictures_in_two_fragments_is_not_called_independent() -> None:
    found = lines((fragment(0), AAC), (fragment(1, key=False), AAC))
    assert "#EXT-X-INDEPENDENT-SEGMENTS" not in found


def test_an_empty_range_is_an_empty_playlist() -> None:
    assert lines()[-1] == "#EXT-X-ENDLIST"
