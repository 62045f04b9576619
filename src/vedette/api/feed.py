"""What the page is told without asking, kept short for a page that does not listen."""

import asyncio
from collections import OrderedDict
from typing import Any

from vedette.accounts.access import Access
from vedette.api.camera_shapes import health_shape
from vedette.api.tenancy import seen_by
from vedette.bus import Bus
from vedette.bus.topics import (
    BOOKMARK_CHANGED,
    CAMERA_CHANGED,
    CAMERA_STEERED,
    EXPORT_CHANGED,
    FOOTAGE_GREW,
    SHARE_CHANGED,
    SHARE_USED,
    SITE_CHANGED,
    SPOT_TAKEN,
    STREAM_HEALTH,
    VOLUME_HEALTH,
    WALL_CHANGED,
    BookmarkChanged,
    CameraChanged,
    CameraSteered,
    ExportChanged,
    FootageGrew,
    ShareChanged,
    ShareUsed,
    SiteChanged,
    SpotTaken,
    WallChanged,
)
from vedette.model.health import StreamHealth, VolumeHealth
from vedette.model.rights import Right

Update = dict[str, Any]


class Feed:
    """Messages of one organisation, at most one waiting per kind and thing.

    A newer word about the same stream, volume or camera takes the place of the older one, and
    footage that grew twice is told once; so what waits is bounded by the number of cameras.

    Args:
        bus: To listen to until ``close``.
        organisation: Whose messages.
        access: Messages about what it does not show are left out.
        person: Who listens, for what only one person may know.
    """

    def __init__(self, bus: Bus, organisation: str, access: Access, person: str = "") -> None:
        self._person = person
        self._organisation = organisation
        self._access = access
        self._waiting: OrderedDict[tuple[str, str, str], Update] = OrderedDict()
        self._filled = asyncio.Event()
        self._subscriptions = (
            bus.subscribe(STREAM_HEALTH, self._health),
            bus.subscribe(FOOTAGE_GREW, self._footage),
            bus.subscribe(CAMERA_CHANGED, self._camera),
            bus.subscribe(SITE_CHANGED, self._site),
            bus.subscribe(WALL_CHANGED, self._wall),
            bus.subscribe(SPOT_TAKEN, self._spot),
            bus.subscribe(VOLUME_HEALTH, self._volume),
            bus.subscribe(EXPORT_CHANGED, self._export),
            bus.subscribe(BOOKMARK_CHANGED, self._bookmark),
            bus.subscribe(CAMERA_STEERED, self._steered),
            bus.subscribe(SHARE_CHANGED, self._share),
            bus.subscribe(SHARE_USED, self._use),
        )

    async def next(self) -> Update:
        """The next message, waiting for it."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        return self._waiting.popitem(last=False)[1]

    def close(self) -> None:
        """Stop listening."""
        for subscription in self._subscriptions:
            subscription.cancel()

    def _put(self, key: tuple[str, str, str], update: Update) -> None:
        self._waiting[key] = update
        self._filled.set()

    def _health(self, health: StreamHealth) -> None:
        stream = health.stream
        if stream.organisation != self._organisation or not self._access.sees(stream.camera):
            return
        update: Update = {
            "type": "health",
            "camera": stream.camera,
            "role": stream.role.value,
            "health": health_shape(health).model_dump(mode="json"),
        }
        self._put(("health", stream.camera, stream.role.value), update)

    def _footage(self, grown: FootageGrew) -> None:
        stream = grown.stream
        if stream.organisation != self._organisation or not self._access.sees(stream.camera):
            return
        key = ("footage", stream.camera, stream.role.value)
        before = self._waiting.get(key)
        update: Update = {
            "type": "footage",
            "camera": stream.camera,
            "role": stream.role.value,
            "start_us": min(grown.start_us, before["start_us"]) if before else grown.start_us,
            "end_us": max(grown.end_us, before["end_us"]) if before else grown.end_us,
        }
        self._put(key, update)

    def _camera(self, changed: CameraChanged) -> None:
        if changed.organisation == self._organisation and self._access.sees(changed.camera):
            update: Update = {
                "type": "camera",
                "id": changed.camera,
                "change": changed.change.value,
            }
            self._put(("camera", changed.camera, ""), update)

    def _site(self, changed: SiteChanged) -> None:
        if changed.organisation == self._organisation:
            update: Update = {"type": "site", "id": changed.site, "change": changed.change.value}
            self._put(("site", changed.site, ""), update)

    def _export(self, changed: ExportChanged) -> None:
        mine = changed.organisation == self._organisation
        if mine and self._access.may_anywhere(Right.EXPORT):
            update: Update = {
                "type": "export",
                "id": changed.export,
                "state": changed.state.value,
                "done_bytes": changed.done_bytes,
                "total_bytes": changed.total_bytes,
                "done_us": changed.done_us,
                "total_us": changed.total_us,
                "gone": changed.gone,
            }
            self._put(("export", changed.export, ""), update)

    def _bookmark(self, changed: BookmarkChanged) -> None:
        mine = changed.organisation == self._organisation
        if mine and self._access.may_anywhere(Right.REPLAY):
            update: Update = {
                "type": "bookmark",
                "id": changed.bookmark,
                "change": changed.change.value,
            }
            self._put(("bookmark", changed.bookmark, ""), update)

    def _steered(self, steered: CameraSteered) -> None:
        if steered.organisation == self._organisation and self._access.sees(steered.camera):
            update: Update = {"type": "steered", "camera": steered.camera, "by": steered.by}
            self._put(("steered", steered.camera, ""), update)

    def _share(self, changed: ShareChanged) -> None:
        """To the owner as ``share``, to the organisation that may look as ``shared``."""
        if changed.organisation == self._organisation and self._access.may(Right.SHARE):
            self._put(("share", changed.share, ""), {"type": "share", "id": changed.share})
        looks = self._access.may(Right.LIVE) or self._access.may(Right.REPLAY)
        if changed.recipient == self._organisation and looks:
            self._put(("shared", changed.share, ""), {"type": "shared", "id": changed.share})

    def _use(self, used: ShareUsed) -> None:
        if used.organisation == self._organisation and self._access.may(Right.SHARE):
            self._put(("use", used.share, ""), {"type": "use", "share": used.share})

    def _wall(self, changed: WallChanged) -> None:
        if changed.organisation != self._organisation or changed.owner not in {None, self._person}:
            return
        update: Update = {
            "type": "wall",
            "id": changed.wall,
            "change": changed.change.value,
            "revision": changed.revision,
        }
        self._put(("wall", changed.wall, ""), update)

    def _spot(self, taken: SpotTaken) -> None:
        if taken.organisation == self._organisation and self._access.sees(taken.camera):
            update: Update = {
                "type": "spot",
                "camera": taken.camera,
                "reason": taken.reason,
                "at_us": taken.at_us,
            }
            self._put(("spot", "", ""), update)

    def _volume(self, shared: VolumeHealth) -> None:
        if not self._access.may(Right.CONFIGURE):
            return
        health = seen_by(self._organisation, shared)
        update: Update = {
            "type": "volume",
            "id": health.id,
            "state": health.state.value,
            "detail": health.detail,
            "total_bytes": health.total_bytes,
            "free_bytes": health.free_bytes,
            "reserve_bytes": health.reserve_bytes,
            "bytes_per_hour": health.bytes_per_hour,
            "write_ms": health.write_ms,
        }
        self._put(("volume", shared.path, ""), update)
