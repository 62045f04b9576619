"""Records one stream: runs come and go, groups get their wall time, the policy decides."""

import struct

import structlog

from vedette.base.errors import VedetteError
from vedette.model.camera import RecordingMode, RecordingPolicy, StreamKey
from vedette.model.footage import ClockStep, Gap
from vedette.model.packet import GapReason, HubItem, Packet, StreamClosed, StreamOpened
from vedette.record.around import Surroundings
from vedette.record.assembler import STALL_S, GroupAssembler
from vedette.record.decide import surplus, trigger_end_us, wanted
from vedette.record.files import StreamFiles
from vedette.record.gaps import GapKeeper
from vedette.record.group import Group
from vedette.record.segment import RunFacts, format_row
from vedette.record.timing import RunClock

_log = structlog.get_logger(__name__)
_NOT_WANTED = {
    RecordingMode.EVENT: "waiting for an event",
    RecordingMode.SCHEDULE: "outside the schedule",
    RecordingMode.OFF: "recording is switched off",
    RecordingMode.CONTINUOUS: "",
}


class StreamRecorder:
    """See StreamSink; records one stream by the camera's policy.

    Args:
        stream: Which stream.
        policy: Of the camera.
        around: Shared with the other recorders.
        adopted: A gap left open by the last run of Vedette.
        last_end_us: Where the stream's footage ends so far; None without any.
    """

    def __init__(
        self,
        stream: StreamKey,
        policy: RecordingPolicy,
        around: Surroundings,
        *,
        adopted: Gap | None = None,
        last_end_us: int | None = None,
    ) -> None:
        self.stream = stream
        self._policy = policy
        self._around = around
        self._gaps = GapKeeper(stream, around.ledger.add_gap, adopted)
        self._files = StreamFiles(stream, around, self._gaps)
        self._end_us = last_end_us
        self._facts: RunFacts | None = None
        self._clock: RunClock | None = None
        self._assembler: GroupAssembler | None = None
        self._offset_us: int | None = None
        self._ring: list[Group] = []
        self._trigger_until_us = 0

    @property
    def recording(self) -> bool:
        """Whether footage is being kept at this moment."""
        return self._files.growing

    @property
    def end_us(self) -> int | None:
        """Where the footage ends so far."""
        return self._end_us

    @property
    def open_gap(self) -> Gap | None:
        """The gap that is open now."""
        return self._gaps.current

    @property
    def dropped_groups(self) -> int:
        """Groups that came but could not be kept; each lies in a gap that says why."""
        return self._files.dropped_groups.total()

    def receive(self, item: HubItem) -> None:
        """See StreamSink.receive."""
        if type(item) is Packet:
            if self._assembler is not None:
                self._assembler.take(item)
        elif isinstance(item, StreamOpened):
            self._end_run()
            self._begin_run(item)
        elif isinstance(item, StreamClosed):
            self._end_run()
            self._gaps.open(self._gone_since(item.wall_us), item.reason, item.detail)

    def trigger(self, until_us: int) -> None:
        """Something happened: in event mode keep the past seconds, and what comes until then."""
        now_us = self._around.clock.wall_us()
        end_us = trigger_end_us(self._policy, now_us, until_us)
        self._trigger_until_us = max(self._trigger_until_us, end_us)
        ring, self._ring = self._ring, []
        if self._policy.mode is RecordingMode.EVENT and self._facts is not None:
            for group in ring:
                self._files.write(self._facts, group)

    def set_policy(self, policy: RecordingPolicy) -> None:
        """The operator changed what to keep; takes effect with the next group."""
        if policy.mode is not RecordingMode.EVENT:
            self._ring = []
        self._policy = policy

    def pause(self, detail: str) -> None:
        """Keep nothing for want of space, for the reason given; empty ends it."""
        self._files.paused = detail

    def crashed(self) -> None:
        """The last run of Vedette ended without a word: there is no footage since its last."""
        if self._end_us is not None:
            self._gaps.open(
                self._end_us, GapReason.CRASHED, "Vedette or the machine ended unexpectedly"
            )

    def stop(self, reason: GapReason, detail: str) -> None:
        """Hand the last frames to the volume and open a gap; nothing is taken afterwards."""
        self._end_run()
        if self._end_us is not None:
            now_us = self._around.clock.wall_us()
            self._gaps.open(self._gone_since(now_us), reason, detail)

    def _gone_since(self, now_us: int) -> int:
        """Since when another reason holds: the end of the footage, or now in an open gap."""
        if self._end_us is None or self._gaps.current is not None:
            return now_us
        return self._end_us

    def _begin_run(self, opened: StreamOpened) -> None:
        try:
            row = format_row(opened.format)
        except VedetteError as error:
            _log.error("record.format_refused", camera=self.stream.camera, problem=str(error))
            since_us = self._gone_since(opened.wall_us)
            self._gaps.open(since_us, GapReason.UNSUPPORTED, str(error))
            return
        settings = self._around.settings
        # The row goes ahead of the files, so that repair can always name their format.
        self._around.ledger.add_format(self.stream.organisation, row)
        self._facts = RunFacts(self.stream, opened.run, opened.format, row)
        self._clock = RunClock(opened.format.video.timescale, self._end_us, self._offset_us)
        self._assembler = GroupAssembler(
            opened.format,
            fragment_s=settings.fragment_s,
            fragment_bytes=settings.fragment_bytes,
            complete=self._complete,
        )

    def _end_run(self) -> None:
        if self._assembler is not None:
            self._assembler.finish()
        self._files.finish()
        if self._clock is not None:
            self._offset_us = self._clock.offset_us
        self._ring = []
        self._facts = self._clock = self._assembler = None

    def _complete(self, group: Group, stalled: bool) -> None:
        """A group is whole: place it, then keep it or say why not."""
        if self._clock is None or self._facts is None:
            return
        try:
            self._place(self._clock, group)
            self._route(self._facts, group)
        except (ValueError, OverflowError, struct.error) as error:
            # Absurd times from a camera must cost nobody else anything.
            if self._gaps.reason is not GapReason.PROTOCOL:
                _log.error("record.group_refused", camera=self.stream.camera, problem=str(error))
            self._files.finish()
            start_us = self._end_us if self._end_us is not None else group.video[0].wall_us
            self._gaps.open(start_us, GapReason.PROTOCOL, f"its times make no sense: {error}")
            return
        if stalled:
            self._gaps.open(
                group.end_us, GapReason.STALLED, f"no picture came for more than {STALL_S} s"
            )

    def _place(self, clock: RunClock, group: Group) -> None:
        """Give the group its wall time; a new line along the wall clock begins a new file."""
        before_us = self._end_us
        placed = clock.place(group.video, group.end_dts, may_anchor=group.key)
        group.start_us, group.duration_us = placed.start_us, placed.duration_us
        self._end_us = group.end_us
        for step in placed.steps:
            _log.warning("record.clock_step", camera=self.stream.camera, step_us=step.step_us)
            self._around.ledger.add_step(ClockStep(self.stream, step.at_us, step.step_us))
        if not placed.anchored:
            return
        self._files.finish()
        # A new run without a word of farewell, such as another format on the same connection.
        silent = self._gaps.reason is None and not placed.steps
        if silent and before_us is not None and before_us < group.start_us:
            self._gaps.lost(
                before_us, group.start_us, GapReason.TIMESTAMP_JUMP, "the stream began anew"
            )

    def _route(self, facts: RunFacts, group: Group) -> None:
        """Keep it, hold it for an event, or say why not."""
        policy = self._policy
        if policy.mode is RecordingMode.CONTINUOUS or wanted(
            policy, group.start_us, group.end_us, self._trigger_until_us
        ):
            self._files.write(facts, group)
            return
        self._files.finish()
        self._gaps.open(group.start_us, GapReason.NOT_WANTED, _NOT_WANTED[policy.mode])
        if policy.mode is RecordingMode.EVENT and (self._ring or group.key):
            self._hold(group)

    def _hold(self, group: Group) -> None:
        ring = self._ring
        ring.append(group)
        count = surplus(
            [one.size for one in ring],
            [one.start_us for one in ring],
            [one.key for one in ring],
            group.end_us,
            keep_s=self._policy.pre_event_s,
            keep_bytes=self._around.settings.event_buffer_bytes,
        )
        del ring[:count]
