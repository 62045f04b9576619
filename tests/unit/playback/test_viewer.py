import asyncio
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from vedette.playback.settings import PlaybackSettings
from vedette.playback.viewer import (
    AudioAnswer,
    LiveClock,
    LiveFormat,
    LiveItem,
    LiveLost,
    LiveMedia,
    LiveOffline,
    Viewer,
)

LIMIT = 256 * 1024
FRAME_NS = 40_000_000
SETTINGS = PlaybackSettings(viewer_queue_bytes=LIMIT, viewer_queue_s=2)
FORMAT = LiveFormat("video/mp4", 0, 16, 16, 60, AudioAnswer.ABSENT, b"init")


def frame(number: int, size: int = 10_000, *, key: bool = False) -> LiveMedia:
    return LiveMedia(bytes(size), 1, key, number * FRAME_NS)


def drain(viewer: Viewer) -> list[LiveItem]:
    viewer.end()

    async def read() -> list[LiveItem]:
        items: list[LiveItem] = []
        while (item := await viewer.next()) is not None:
            items.append(item)
        return items

    return asyncio.run(read())


def test_a_quick_viewer_gets_everything_in_order() -> None:
    viewer = Viewer(SETTINGS, audio=False)
    sent = [FORMAT, *(frame(number, key=number == 0) for number in range(20))]
    viewer.state(FORMAT)
    for item in sent[1:]:
        assert isinstance(item, LiveMedia)
        viewer.media(item)
    assert drain(viewer) == sent


def test_a_slow_viewer_loses_whole_frames_and_is_told_how_many() -> None:
    viewer = Viewer(SETTINGS, audio=False)
    viewer.state(FORMAT)
    for number in range(60):
        viewer.media(frame(number, key=number % 50 == 0))
    items = drain(viewer)
    assert items[0] == FORMAT
    lost, resumed = items[1], items[2]
    assert lost == LiveLost(50)
    assert isinstance(resumed, LiveMedia)
    assert resumed.key
    assert len(items) == 2 + 10


def test_frames_that_waited_too_long_are_left_out_although_they_are_small() -> None:
    viewer = Viewer(SETTINGS, audio=False)
    for number in range(101):
        viewer.media(frame(number, 100, key=number % 25 == 0))
    items = drain(viewer)
    assert isinstance(items[0], LiveLost)
    assert items[0].frames % 25 == 0
    assert items[0].frames + len(items) - 1 == 101


def test_a_picture_larger_than_the_limit_still_passes() -> None:
    viewer = Viewer(SETTINGS, audio=False)
    large = frame(0, 2 * LIMIT, key=True)
    viewer.media(large)
    assert drain(viewer) == [large]


def test_a_camera_that_flaps_fills_no_memory_of_a_viewer_that_reads_nothing() -> None:
    viewer = Viewer(SETTINGS, audio=False)
    for number in range(1000):
        viewer.state(FORMAT)
        viewer.media(frame(number, key=True))
        viewer.clock(LiveClock(number))
        viewer.state(LiveOffline("unreachable", "gone", number))
    assert viewer.waiting_bytes <= LIMIT
    items = drain(viewer)
    assert len(items) < 20
    assert items[-1] == LiveOffline("unreachable", "gone", 999)
    told = sum(item.frames for item in items if isinstance(item, (LiveLost, LiveMedia)))
    assert told == 1000


def test_the_end_comes_after_what_waits() -> None:
    viewer = Viewer(SETTINGS, audio=False)
    viewer.media(frame(0, key=True))
    assert len(drain(viewer)) == 1


@dataclass(frozen=True)
class Push:
    size: int
    key: bool


PUSHES = st.lists(
    st.one_of(
        st.builds(Push, size=st.integers(1, LIMIT), key=st.booleans()),
        st.integers(1, 5),  # so many reads
        st.just("format"),
    ),
    max_size=80,
)


class Account:
    """What one viewer was sent, and what it was told that it lost."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.pushed = self.sent = self.told = 0
        self.most_waiting = 0
        self._needs_key = False

    def push(self, number: int, push: Push) -> None:
        self.viewer.media(frame(number, push.size, key=push.key))
        self.pushed += 1
        self.most_waiting = max(self.most_waiting, self.viewer.waiting_bytes)

    def take(self, item: LiveItem | None) -> bool:
        if isinstance(item, LiveLost):
            assert item.frames > 0
            self.told += item.frames
            self._needs_key = True
        elif isinstance(item, LiveMedia):
            self.sent += item.frames
            assert item.key or not self._needs_key, "decoding begins again at a key frame"
            self._needs_key = False
        return item is not None


@given(PUSHES)
def test_every_frame_is_sent_or_counted_and_memory_is_bounded(
    steps: list[Push | int | str],
) -> None:
    async def play() -> None:
        viewer = Viewer(SETTINGS, audio=False)
        account = Account(viewer)
        for number, step in enumerate(steps):
            if isinstance(step, Push):
                account.push(number, step)
            elif isinstance(step, str):
                viewer.state(FORMAT)
            else:
                for _ in range(step):
                    if viewer.waiting_bytes:
                        account.take(await viewer.next())
        # A key frame makes a viewer that is behind say what it has lost.
        viewer.media(LiveMedia(b"", 0, key=True, arrival_ns=1 << 60))
        viewer.end()
        while account.take(await viewer.next()):
            pass
        assert account.most_waiting <= LIMIT
        assert account.sent + account.told == account.pushed

    asyncio.run(play())
