"""Erases what the policies no longer keep, and what must make room for new footage.

Each erasure goes: rows hidden, files unlinked, folders synced, rows forgotten. A crash in between
leaves hidden rows, which repair finishes.
"""

from collections import defaultdict
from collections.abc import Sequence

import structlog

from vedette.base.errors import StorageError
from vedette.catalog.ports import FootageCare, StreamUsage
from vedette.model.camera import RecordingPolicy, StreamKey
from vedette.model.footage import Segment
from vedette.record import plan
from vedette.storage.volumes import VolumeEntry, Volumes

_log = structlog.get_logger(__name__)
_BATCH = 200
_MOST_BATCHES = 20


class Retention:
    """One round at a time; see ``round``.

    Args:
        volumes: Where files lie.
        catalog: What exists.
        foresight_s: Room for this long is kept free.

    Attributes:
        erased_bytes: Since the caller last set it to 0.
    """

    def __init__(self, volumes: Volumes, catalog: FootageCare, foresight_s: float) -> None:
        self._volumes = volumes
        self._catalog = catalog
        self._foresight_s = foresight_s
        self.erased_bytes = 0

    async def round(
        self,
        organisations: Sequence[str],
        policies: dict[StreamKey, RecordingPolicy],
        now_us: int,
    ) -> bool:
        """Apply age and byte limits of each camera, then make room on each volume.

        Args:
            organisations: All of them.
            policies: Of the streams of known cameras; footage of others is kept as by default.
            now_us: Wall time.

        Returns:
            Whether every volume has the room that it should have, or could still get it.
        """
        for organisation in organisations:
            of_camera: defaultdict[str, list[StreamUsage]] = defaultdict(list)
            for usage in await self._catalog.usage(organisation):
                of_camera[usage.stream.camera].append(usage)
            for usages in of_camera.values():
                known = (policies[one.stream] for one in usages if one.stream in policies)
                policy = next(known, RecordingPolicy())
                await self._limit_camera(organisation, usages, policy, now_us)
        enough = True
        for entry in self._volumes.entries:
            if entry.volume is not None:
                enough &= await self._make_room(organisations, entry)
        return enough

    async def _limit_camera(
        self, organisation: str, usages: Sequence[StreamUsage], policy: RecordingPolicy, now_us: int
    ) -> None:
        """What is too old, and what is more than the bytes for both streams together."""
        horizon_us = plan.horizon_us(now_us, policy.keep_s)
        held = sum(one.bytes for one in usages)
        surplus = held - policy.keep_bytes if policy.keep_bytes is not None else 0
        oldest_us = min((one.oldest_us or now_us for one in usages), default=now_us)
        if surplus <= 0 and (horizon_us is None or oldest_us >= horizon_us):
            return
        for _ in range(_MOST_BATCHES):
            found = [
                segment
                for one in usages
                for segment in await self._catalog.oldest(
                    organisation, volume=None, stream=one.stream, limit=_BATCH
                )
            ]
            found = sorted(found, key=lambda one: (one.start_us, one.stream))[:_BATCH]
            chosen = {one.path: one for one in plan.expired(found, horizon_us)}
            chosen.update((one.path, one) for one in plan.oldest_until(found, surplus))
            erased = await self.erase(list(chosen.values()))
            surplus -= sum(one.bytes for one in erased)
            if len(erased) < _BATCH:
                break

    async def _make_room(self, organisations: Sequence[str], entry: VolumeEntry) -> bool:
        """Free what a volume needs; whether it got it or may get it in the next round."""
        need = plan.bytes_to_free(
            entry.space.free_bytes, entry.reserve_bytes, entry.bytes_per_hour, self._foresight_s
        )
        volume = entry.volume.id if entry.volume else ""
        for _ in range(_MOST_BATCHES):
            if need <= 0:
                return True
            found: list[Segment] = []
            for organisation in organisations:
                found += await self._catalog.oldest(
                    organisation, volume=volume, stream=None, limit=_BATCH
                )
            erased = await self.erase(plan.oldest_until(found, need)[:_BATCH])
            if not erased:
                return False
            freed = sum(one.bytes for one in erased)
            entry.space = await entry.volume.space() if entry.volume else entry.space
            need -= freed
            _log.info("record.space_freed", volume=volume, bytes=freed, segments=len(erased))
        return True

    async def erase(self, segments: Sequence[Segment]) -> list[Segment]:
        """Erase segments; those on a volume that is not mounted, or protected, stay.

        Returns:
            Those that are gone.
        """
        mounted = {entry.volume.id for entry in self._volumes.entries if entry.volume is not None}
        wanted: defaultdict[str, list[Segment]] = defaultdict(list)
        for segment in segments:
            if segment.volume in mounted:
                wanted[segment.stream.organisation].append(segment)
        gone: list[Segment] = []
        for organisation, group in wanted.items():
            hidden = await self._catalog.condemn(organisation, group)
            gone += await erase_hidden(self._volumes, self._catalog, organisation, hidden)
        self.erased_bytes += sum(one.bytes for one in gone)
        return gone


async def erase_hidden(
    volumes: Volumes, catalog: FootageCare, organisation: str, segments: Sequence[Segment]
) -> list[Segment]:
    """Unlink the files of segments whose rows are hidden already, then forget the rows.

    Returns:
        Those that are gone.
    """
    by_volume: defaultdict[str, list[Segment]] = defaultdict(list)
    for segment in segments:
        by_volume[segment.volume].append(segment)
    gone: list[Segment] = []
    for volume, group in by_volume.items():
        try:
            await volumes.volume(volume).erase([segment.path for segment in group])
        except StorageError as error:
            _log.error("record.erase_failed", volume=volume, problem=str(error))
            continue
        await catalog.forget(organisation, group)
        gone += group
    return gone
