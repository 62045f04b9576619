"""One stream of one camera: connect, play, account, try again."""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from vedette.base.clock import Clock
from vedette.base.errors import SourceLost, VedetteError
from vedette.base.registry import Kind
from vedette.base.units import NS_PER_US, US_PER_S
from vedette.ingest import decide
from vedette.ingest.loss import LossLedger, Tally
from vedette.ingest.ports import MediaSource, SourceCounters, SourceRequest
from vedette.ingest.run import RunMaker
from vedette.ingest.settings import IngestSettings
from vedette.ingest.timing import WallTime
from vedette.model.camera import StreamKey
from vedette.model.health import StreamHealth, StreamState
from vedette.model.packet import GapReason, HubItem, StreamClosed, StreamFormat

_log = structlog.get_logger(__name__)
_RATE_TICKS = 5
_LIVE = StreamState.LIVE  # an enum's members are slow to look up
_NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Sample:
    """Totals at one tick."""

    at_ns: int
    bytes: int
    frames: int
    lost_frames: int
    lost_packets: int


@dataclass(frozen=True, slots=True)
class StreamTools:
    """What every stream of a service shares.

    Attributes:
        clock: See Clock.
        wall: See WallTime.
        settings: See IngestSettings.
        sources: Drivers.
        publish: Into the hub.
        dice: Random numbers, 0 <= x < 1, for jitter.
        recording: Whether footage of a stream is being kept at this moment.
    """

    clock: Clock
    wall: WallTime
    settings: IngestSettings
    sources: Kind[MediaSource]
    publish: Callable[[StreamKey, HubItem], None]
    dice: Callable[[], float] = random.random
    recording: Callable[[StreamKey], bool] = lambda _: False


class StreamKeeper:
    """Keeps one stream playing for as long as it is wanted.

    Attributes:
        key: Which stream.
        request: How it is opened.
        ledger: What came and what did not, by the minute.
    """

    def __init__(
        self, key: StreamKey, request: SourceRequest, tools: StreamTools, ledger: LossLedger
    ) -> None:
        self.key = key
        self.request = request
        self.ledger = ledger
        self._tools = tools
        self._run = RunMaker(request.name, self._publish, tools.clock, tools.wall)
        self._source: MediaSource | None = None
        self._state = StreamState.CONNECTING
        self._since_us = tools.clock.wall_us()
        self._detail = ""
        self._connections = 0
        self._reconnects = 0
        self._told: GapReason | None = None  # last StreamClosed published since a run was open
        self._live_ns: int | None = None
        self._shown: StreamFormat | None = None
        self._samples: deque[_Sample] = deque(maxlen=_RATE_TICKS + 1)
        self._base = _Sample(0, 0, 0, 0, 0)  # totals when the connection began
        self._counted = SourceCounters()
        self._tally = Tally()
        self._tallied = _Sample(tools.clock.monotonic_ns(), 0, 0, 0, 0)
        self._reported: StreamHealth | None = None
        self._task: asyncio.Task[None] | None = None

    def may_stay(self, wanted: SourceRequest | None) -> bool:
        """Whether the stream is opened as wanted; takes over a mere change of name."""
        if wanted is None or replace(wanted, name=self.request.name) != self.request:
            return False
        self.request = wanted
        return True

    def start(self, delay_s: float) -> None:
        """Begin after ``delay_s`` seconds."""
        name = f"ingest {self.key.camera} {self.key.role}"
        self._task = asyncio.get_running_loop().create_task(self._keep(delay_s), name=name)

    async def stop(self, detail: str) -> None:
        """End, saying why; takes at most about two seconds."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._run.end(GapReason.STOPPED, detail)
        self._close(GapReason.STOPPED, detail)

    async def _keep(self, delay_s: float) -> None:
        tools = self._tools
        await tools.clock.sleep(delay_s)
        attempt = 0
        while True:
            error = await self._attempt()
            failure = decide.failure_of(error)
            now_ns = tools.clock.monotonic_ns()
            stood_s = (now_ns - self._live_ns) / _NS_PER_S if self._live_ns is not None else 0.0
            self._live_ns = None
            attempt = decide.failures_before(tools.settings, attempt=attempt, stood_s=stood_s)
            delay_s = decide.retry_delay_s(
                tools.settings, attempt=attempt, slow=failure.slow, chance=tools.dice()
            )
            attempt += 1
            detail = f"{error}" or type(error).__name__
            self._run.end(failure.reason, detail)
            self._close(failure.reason, detail)
            self._enter(failure.state, detail)
            _log.info(
                "ingest.stream_lost",
                camera=self.request.name,
                reason=failure.reason,
                detail=detail,
                retry_s=round(delay_s, 1),
            )
            await tools.clock.sleep(delay_s)

    async def _attempt(self) -> Exception:
        """Play once; returns why it ended."""
        self._connections += 1
        if self._connections > 1:
            self._reconnects += 1
            self._tally.reconnects += 1
        run = self._run
        self._base = _Sample(0, run.bytes, run.frames, run.lost_frames, run.lost_packets)
        try:
            make = self._tools.sources.load(self.request.source.driver)
            self._source = make(self.request)
            self._counted = SourceCounters()
            await self._source.play(run)
        except VedetteError as error:
            return error
        except Exception as error:  # noqa: BLE001  a driver's mistake costs that camera only
            _log.exception("ingest.driver_failed", camera=self.request.name)
            kind = type(error).__name__
            return SourceLost(f"{self.request.name}: the driver failed with {kind}; see the log")
        finally:
            self._settle_counters()
            self._source = None
        return SourceLost(f"{self.request.name}: the source ended")

    def _publish(self, item: HubItem) -> None:
        if isinstance(item, StreamClosed):
            self._told = item.reason
        elif self._state is not _LIVE or self._run.format is not self._shown:
            self._went_live()
        self._tools.publish(self.key, item)

    def _went_live(self) -> None:
        self._shown = self._run.format
        self._told = None
        if self._live_ns is None:
            self._live_ns = self._tools.clock.monotonic_ns()
        self._enter(StreamState.LIVE, "")

    def _close(self, reason: GapReason, detail: str) -> None:
        """Say that nothing comes, unless that was said with the same reason."""
        if self._told is reason:
            return
        now_ns = self._tools.clock.monotonic_ns()
        self._publish(StreamClosed(reason, detail, now_ns, self._tools.wall.at(now_ns)))

    def _enter(self, state: StreamState, detail: str) -> None:
        if state is not self._state:
            self._since_us = self._tools.clock.wall_us()
        self._state, self._detail = state, detail

    # accounts

    def _settle_counters(self) -> None:
        if self._source is None:
            return
        now = replace(self._source.counters)
        self._book(now)
        self._counted = now

    def _book(self, now: SourceCounters) -> None:
        clock, run = self._tools.clock, self._run
        now_ns = clock.monotonic_ns()
        last, tally = self._tallied, self._tally
        tally.frames += run.frames - last.frames
        tally.lost_frames += run.lost_frames - last.lost_frames
        if self._state is StreamState.LIVE:
            tally.connected_us += (now_ns - last.at_ns) // NS_PER_US
        tally.clock_offset_us = run.clock_offset_us
        self._tallied = self._sample(now_ns)
        self._tally = Tally()
        self.ledger.add(clock.wall_us(), tally, self._counted, now)

    def _sample(self, now_ns: int) -> _Sample:
        run = self._run
        return _Sample(now_ns, run.bytes, run.frames, run.lost_frames, run.lost_packets)

    def tick(self) -> StreamHealth | None:
        """Account for the last second; returns the health when it changed."""
        if self._source is not None:
            self._settle_counters()
        else:
            self._book(self._counted)
        self._samples.append(self._sample(self._tools.clock.monotonic_ns()))
        health = self.health()
        if health == self._reported:
            return None
        self._reported = health
        return health

    def health(self) -> StreamHealth:
        """How the stream is doing now."""
        run, base, live = self._run, self._base, self._state is StreamState.LIVE
        bitrate, frame_rate = self._rates() if live else (0, 0.0)
        shown = self._shown
        audio = shown.audio if shown is not None else None
        return StreamHealth(
            stream=self.key,
            state=self._state,
            since_us=self._since_us,
            detail=self._detail,
            bitrate=bitrate,
            frame_rate=frame_rate,
            lost_frames=run.lost_frames - base.lost_frames,
            lost_packets=run.lost_packets - base.lost_packets,
            reconnects=self._reconnects,
            clock_offset_us=run.clock_offset_us,
            video_codec=shown.video.codec_string if shown is not None else "",
            audio_codec=audio.codec_string if audio is not None else "",
            width=shown.video.width if shown is not None else 0,
            height=shown.video.height if shown is not None else 0,
            key_interval_s=round(run.key_interval_us / US_PER_S, 3),
            recording=self._tools.recording(self.key),
        )

    def _rates(self) -> tuple[int, float]:
        """Bits and frames per second over the last few ticks."""
        if len(self._samples) < 2:
            return 0, 0.0
        first, last = self._samples[0], self._samples[-1]
        passed_s = (last.at_ns - first.at_ns) / _NS_PER_S
        if passed_s <= 0:
            return 0, 0.0
        bits = (last.bytes - first.bytes) * 8 / passed_s
        return round(bits), round((last.frames - first.frames) / passed_s, 1)
