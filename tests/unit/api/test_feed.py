import asyncio

from vedette.accounts.access import Access
from vedette.api.feed import Feed
from vedette.bus import BUSES
from vedette.bus.topics import (
    CAMERA_CHANGED,
    FOOTAGE_GREW,
    SHARE_USED,
    SITE_CHANGED,
    SPOT_TAKEN,
    STREAM_HEALTH,
    VOLUME_HEALTH,
    WALL_CHANGED,
    CameraChange,
    CameraChanged,
    FootageGrew,
    ShareUsed,
    SiteChange,
    SiteChanged,
    SpotTaken,
    WallChange,
    WallChanged,
)
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.health import StreamHealth, StreamState, VolumeHealth, VolumeState
from vedette.model.rights import Right

EVERYTHING = Access(dict.fromkeys(Right))
OURS = StreamKey("ours", "c", StreamRole.MAIN)
THEIRS = StreamKey("theirs", "d", StreamRole.MAIN)


def test_a_page_that_does_not_listen_is_told_the_last_word_once() -> None:
    async def story() -> None:
        bus = BUSES.load("memory")()
        feed = Feed(bus, "ours", EVERYTHING)
        for number in range(1000):
            for key in (OURS, THEIRS):
                bus.publish(STREAM_HEALTH, StreamHealth(key, StreamState.LIVE, number))
                bus.publish(FOOTAGE_GREW, FootageGrew(key, number * 10, number * 10 + 10))
                change = CameraChanged(key.organisation, key.camera, CameraChange.CHANGED)
                bus.publish(CAMERA_CHANGED, change)
                moved = SiteChanged(key.organisation, key.camera, SiteChange.CHANGED)
                bus.publish(SITE_CHANGED, moved)
            bus.publish(VOLUME_HEALTH, VolumeHealth("v", "/v", VolumeState.READY))
        told = [await feed.next() for _ in range(5)]
        assert [one["type"] for one in told] == ["health", "footage", "camera", "site", "volume"]
        assert told[0]["health"]["since_us"] == 999
        assert (told[1]["start_us"], told[1]["end_us"]) == (0, 10_000)
        assert told[2] == {"type": "camera", "id": "c", "change": "changed"}
        assert told[3] == {"type": "site", "id": "c", "change": "changed"}
        waiting = asyncio.ensure_future(feed.next())
        await asyncio.sleep(0)
        assert not waiting.done()
        bus.publish(CAMERA_CHANGED, CameraChanged("ours", "e", CameraChange.REMOVED))
        assert (await waiting)["id"] == "e"
        feed.close()
        bus.publish(CAMERA_CHANGED, CameraChanged("ours", "f", CameraChange.REMOVED))
        late = asyncio.ensure_future(feed.next())
        await asyncio.sleep(0)
        assert not late.done()
        late.cancel()

    asyncio.run(story())


def test_a_page_hears_only_of_cameras_that_it_may_see() -> None:
    async def story() -> None:
        bus = BUSES.load("memory")()
        feed = Feed(bus, "ours", Access({}, {"c": {Right.LIVE: None}}))
        hidden = StreamKey("ours", "hidden", StreamRole.MAIN)
        for key in (hidden, OURS):
            bus.publish(STREAM_HEALTH, StreamHealth(key, StreamState.LIVE, 1))
            bus.publish(FOOTAGE_GREW, FootageGrew(key, 0, 10))
            bus.publish(CAMERA_CHANGED, CameraChanged("ours", key.camera, CameraChange.CHANGED))
        bus.publish(VOLUME_HEALTH, VolumeHealth("v", "/v", VolumeState.READY))
        told = [await feed.next() for _ in range(3)]
        assert [one.get("camera", one.get("id")) for one in told] == ["c", "c", "c"]
        waiting = asyncio.ensure_future(feed.next())
        await asyncio.sleep(0)
        assert not waiting.done()
        waiting.cancel()
        feed.close()

    asyncio.run(story())


def test_only_its_owner_is_told_of_a_private_wall_and_everybody_of_the_spot() -> None:
    async def story() -> None:
        bus = BUSES.load("memory")()
        ann, bob = Feed(bus, "ours", EVERYTHING, "ann"), Feed(bus, "ours", EVERYTHING, "bob")
        stranger = Feed(bus, "theirs", EVERYTHING, "ann")
        bus.publish(WALL_CHANGED, WallChanged("ours", "w", "ann", WallChange.CHANGED, 2))
        bus.publish(WALL_CHANGED, WallChanged("ours", "v", None, WallChange.ADDED, 1))
        for number in range(9):
            bus.publish(SPOT_TAKEN, SpotTaken("ours", f"c{number}", "Door forced", number))
        bus.publish(SPOT_TAKEN, SpotTaken("theirs", "d", "", 1))
        told = [await ann.next() for _ in range(3)]
        assert [one.get("id") for one in told] == ["w", "v", None]
        assert told[0]["revision"] == 2
        assert told[2] == {"type": "spot", "camera": "c8", "reason": "Door forced", "at_us": 8}
        assert [(await bob.next())["type"] for _ in range(2)] == ["wall", "spot"]
        assert (await stranger.next())["camera"] == "d"
        for feed in (ann, bob, stranger):
            feed.close()

    asyncio.run(story())


def test_an_owner_is_told_that_somebody_looks_through_a_share() -> None:
    async def story() -> None:
        bus = BUSES.load("memory")()
        owner = Feed(bus, "ours", EVERYTHING)
        others = [Feed(bus, "theirs", EVERYTHING), Feed(bus, "ours", Access({Right.LIVE: None}))]
        for share in ("s", "s", "t"):
            bus.publish(SHARE_USED, ShareUsed("ours", share))
        told = [await owner.next() for _ in range(2)]
        assert told == [{"type": "use", "share": "s"}, {"type": "use", "share": "t"}]
        waiting = [asyncio.ensure_future(one.next()) for one in others]
        await asyncio.sleep(0)
        assert not any(one.done() for one in waiting)
        for one in waiting:
            one.cancel()

    asyncio.run(story())
