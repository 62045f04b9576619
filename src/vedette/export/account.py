"""What becomes of one camera in an export: delivered, left out, missing, each with its reason."""

from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

from vedette.base.units import us_to_datetime
from vedette.catalog.ports import Footage
from vedette.export import plan
from vedette.export.manifest import CameraAccount, FaultyFragment, Instants, MissingTime, Step
from vedette.model.export import ExportedCamera, ExportFile, ExportRequest, Missing
from vedette.model.footage import Fragment, Segment


def instants(start_us: int, end_us: int, time_zone: str) -> Instants:
    """A range as the manifest tells it."""
    zone = ZoneInfo(time_zone)
    start, end = (
        us_to_datetime(at).astimezone(zone).isoformat(timespec="milliseconds")
        for at in (start_us, end_us)
    )
    return Instants(start_us=start_us, end_us=end_us, start=start, end=end)


@dataclass(slots=True)
class Account:
    """Kept while a camera is exported."""

    camera: ExportedCamera
    delivered: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    faults: list[FaultyFragment] = field(default_factory=list[FaultyFragment])
    left_out: list[Missing] = field(default_factory=list[Missing])
    fragments: int = 0
    frames: int = 0
    lost_frames: int = 0
    lost_packets: int = 0
    protected: int = 0

    def deliver(self, fragment: Fragment, frames: int) -> None:
        """A fragment lies in a file."""
        self.fragments += 1
        self.frames += frames
        self.lost_frames += fragment.lost_frames
        self.lost_packets += fragment.lost_packets
        plan.join(self.delivered, fragment.start_us, fragment.start_us + fragment.duration_us)

    def fault(self, segment: Segment, fragment: Fragment, digest: bytes, problem: str) -> None:
        """A fragment is left out, because its bytes are not as they were recorded.

        Args:
            segment: That it belongs to.
            fragment: As the catalogue has it.
            digest: SHA-256 of the bytes that were found; empty when there were none.
            problem: Why they cannot be used; empty when only the hash is another.
        """
        reason: Literal["altered", "unreadable"] = "altered" if digest else "unreadable"
        detail = problem or (
            f"{segment.path} was altered between byte {fragment.offset} and "
            f"{fragment.offset + fragment.size}"
        )
        self.faults.append(
            FaultyFragment(
                start_us=fragment.start_us,
                end_us=fragment.start_us + fragment.duration_us,
                volume=segment.volume,
                path=segment.path,
                offset=fragment.offset,
                size=fragment.size,
                recorded_sha256=fragment.sha256.hex(),
                found_sha256=digest.hex(),
                reason=reason,
                detail=detail,
            )
        )
        self._leave_out(fragment, reason, detail)

    def orphan(self, fragment: Fragment) -> None:
        """A fragment is left out, because it cannot be decoded without one that is."""
        reason = self.faults[-1].reason if self.faults else "altered"
        self._leave_out(fragment, reason, "it cannot be decoded without the fragment before it")

    def _leave_out(self, fragment: Fragment, reason: str, detail: str) -> None:
        end_us = fragment.start_us + fragment.duration_us
        self.left_out.append(Missing(self.camera.id, fragment.start_us, end_us, reason, detail))

    def missing(self, told: Footage, start_us: int, end_us: int, now_us: int) -> list[Missing]:
        """What of a range was not delivered, and why."""
        return [
            piece
            for hole in plan.holes(self.delivered, start_us, end_us)
            for piece in plan.explain(hole, self.camera.id, self.left_out, told.gaps, now_us)
        ]

    def close(
        self,
        request: ExportRequest,
        files: list[ExportFile],
        missing: list[Missing],
        told: Footage,
    ) -> CameraAccount:
        """The account as the manifest tells it.

        Args:
            request: What was asked for.
            files: Of this camera, in order.
            missing: See ``missing``.
            told: What the catalogue says of the range.
        """
        zone = request.time_zone
        shown = (
            instants(files[0].start_us, max(one.end_us for one in files), zone) if files else None
        )
        return CameraAccount(
            id=self.camera.id,
            name=self.camera.name,
            removed_us=self.camera.removed_us,
            delivered=shown,
            files=len(files),
            fragments=self.fragments,
            frames=self.frames,
            lost_frames=self.lost_frames,
            lost_packets=self.lost_packets,
            protected_segments=self.protected,
            missing=[
                MissingTime(
                    **instants(one.start_us, one.end_us, zone).model_dump(),
                    reason=one.reason,
                    detail=one.detail,
                )
                for one in missing
            ],
            clock_steps=[Step(at_us=one.at_us, step_us=one.step_us) for one in told.clock_steps],
            faults=self.faults,
        )
