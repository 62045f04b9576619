"""Whether an export is let in: the range, what the catalogue promises, the quota, the disk."""

import contextlib
from dataclasses import dataclass

from vedette.base.clock import Clock
from vedette.base.errors import BadRequest, Conflict, VolumeFull
from vedette.base.units import US_PER_S
from vedette.catalog.ports import FootageIndex
from vedette.export import plan
from vedette.export.settings import ExportSettings
from vedette.export.shelf import Shelf
from vedette.export.store import ExportStore
from vedette.model.export import ExportRequest
from vedette.storage.settings import VolumeSettings

_DAY_US = 86_400 * US_PER_S
_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class ExportOutlook:
    """What an export would be, before it is asked for.

    Attributes:
        bytes: Of its files, about.
        footage_us: Of footage, all cameras together.
        left_bytes: What the quota has left.
        refusal: Why it would be refused; empty when it would not.
    """

    bytes: int
    footage_us: int
    left_bytes: int
    refusal: str


class Gate:
    """See the module.

    Args:
        store: Knows what exports hold.
        catalog: Says what footage there is.
        clock: Says what lies in the future.
        settings: Limits.
        shelf: Where exports lie.
    """

    def __init__(
        self,
        store: ExportStore,
        catalog: FootageIndex,
        clock: Clock,
        settings: ExportSettings,
        shelf: Shelf,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._settings = settings
        self._shelf = shelf

    async def admit(self, request: ExportRequest) -> plan.Estimate:
        """What an export will be; the store looks at the quota when it is added.

        Raises:
            BadRequest: The range makes no sense.
            Conflict: There is no footage.
            VolumeFull: The disk has no room.
        """
        self._check(request)
        expected = await self._estimate(request)
        if not expected.footage_us:
            raise Conflict("there is no footage of these cameras in this range; choose another")
        self.check_space(expected.bytes)
        return expected

    async def outlook(self, request: ExportRequest) -> ExportOutlook:
        """What an export would be, and whether it would be refused.

        Raises:
            BadRequest: The range makes no sense.
        """
        self._check(request)
        expected = await self._estimate(request)
        organisation = request.organisation
        own = self._settings.organisation_bytes - await self._store.held_bytes(organisation)
        common = self._settings.total_bytes - await self._store.held_by_all()
        left = max(0, min(own, common))
        refusal = ""
        if not expected.footage_us:
            refusal = "there is no footage in this range; choose another"
        elif expected.bytes > left:
            refusal = (
                "the quota for exports has less room than this; delete old exports or choose a "
                "shorter range"
            )
        else:
            with contextlib.suppress(VolumeFull):
                self.check_space(expected.bytes)
                return ExportOutlook(expected.bytes, expected.footage_us, left, "")
            refusal = "the disk for exports has no room; choose a shorter range or free space"
        return ExportOutlook(expected.bytes, expected.footage_us, left, refusal)

    def _check(self, request: ExportRequest) -> None:
        if request.end_us <= request.start_us:
            raise BadRequest("the end must be later than the start")
        if request.end_us - request.start_us > self._settings.max_range_days * _DAY_US:
            raise BadRequest(
                f"the range is longer than {self._settings.max_range_days:g} days; export in parts"
            )
        if request.start_us >= self._clock.wall_us():
            raise BadRequest("the range lies in the future; choose one that has passed")

    async def _estimate(self, request: ExportRequest) -> plan.Estimate:
        catalog, found = self._catalog, plan.Estimate()
        for camera in request.cameras:
            position_us, seen = request.start_us, set[int]()
            while True:
                page = await catalog.segments(
                    request.organisation,
                    request.stream(camera),
                    position_us,
                    request.end_us,
                    _PAGE,
                )
                fresh = [one for one in page if one.start_us not in seen]
                found += plan.estimate(fresh, request.start_us, request.end_us)
                if len(page) < _PAGE or not fresh:
                    break
                seen = {one.start_us for one in page}
                position_us = page[-1].start_us
        return found

    def check_space(self, wanted: int) -> None:
        """Refuse what would eat into the reserve.

        Raises:
            VolumeFull: It would.
        """
        space = self._shelf.space()
        rule = VolumeSettings(path=self._shelf.root, reserve_bytes=self._settings.reserve_bytes)
        if space.free_bytes - wanted < rule.reserve_of(space.total_bytes):
            raise VolumeFull(
                f"the disk with {self._shelf.root} has no room for this export beyond its "
                "reserve; delete old exports, free space, or set exports.folder to another disk"
            )
