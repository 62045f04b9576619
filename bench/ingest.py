"""What ingest alone costs: N streams of the GStreamer farm into a hub that discards.

    .venv/bin/python -m bench.ingest --cameras 64 --seconds 20

Prints CPU time in percent of one core per camera, memory, and every kind of loss. The farm numbers
its frames, so a frame that never left a camera is told from one that we lost.
"""

import argparse
import asyncio
import cProfile
import json
import pstats
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.farm_process import FarmProcess, bench_clip, why_no_farm
from vedette.base.clock import SystemClock
from vedette.bus.drivers.memory import MemoryBus
from vedette.hub.ports import Attachment, StreamSink
from vedette.ingest.service import IngestService
from vedette.ingest.settings import IngestSettings
from vedette.model.camera import (
    Camera,
    Credentials,
    StreamKey,
    StreamRole,
    StreamSource,
    Transport,
)
from vedette.model.footage import LossMinute
from vedette.model.packet import HubItem, Packet, StreamClosed

NO_FARM = 75
"""Exit code when GStreamer's server is not on this machine."""

_INDEX = b"vedette-farm-idx"
_INDEX_DIGITS = 20


@dataclass
class Tallies:
    """See Hub; counts and throws away.

    Attributes:
        packets: That came.
        closed: Runs that ended.
        missed: Numbered frames that never came, of all streams together.
    """

    packets: int = 0
    closed: int = 0
    missed: int = 0
    _last: dict[StreamKey, int] = field(default_factory=dict[StreamKey, int])

    def publish(self, stream: StreamKey, item: HubItem) -> None:
        """See Hub.publish."""
        if isinstance(item, Packet):
            self.packets += 1
            found = item.payload.find(_INDEX, 0, 256)
            if found >= 0:
                start = found + len(_INDEX)
                index = int(item.payload[start : start + _INDEX_DIGITS])
                self.missed += max(0, index - self._last.get(stream, index - 1) - 1)
                self._last[stream] = index
        elif isinstance(item, StreamClosed):
            self.closed += 1

    def attach(
        self, stream: StreamKey, sink: StreamSink, *, from_key_frame: bool = False
    ) -> Attachment:
        """See Hub.attach; nobody reads here."""
        raise NotImplementedError

    async def close(self) -> None:
        """See Hub.close."""


class ShutBook:
    """See LossBook; takes everything and keeps nothing."""

    async def add_minutes(self, organisation: str, minutes: Sequence[LossMinute]) -> None:
        """See LossBook.add_minutes."""

    async def minutes(
        self, organisation: str, stream: StreamKey, start_us: int, end_us: int
    ) -> list[LossMinute]:
        """See LossBook.minutes."""
        del organisation, stream, start_us, end_us
        return []

    async def forget_before(self, organisation: str, before_us: int) -> None:
        """See LossBook.forget_before."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured.

    Attributes:
        cameras: Streams.
        cpu_percent_per_camera: Of one core.
        frame_rate: Frames per second and camera.
        rss_mb: Largest resident set of the process.
        lost_packets: By sequence numbers.
        lost_frames: By our own account.
        missed_frames: By the numbers in the frames.
        closed: Connections that ended.
    """

    cameras: int
    cpu_percent_per_camera: float
    frame_rate: float
    rss_mb: float
    lost_packets: int
    lost_frames: int
    missed_frames: int
    closed: int


@dataclass(frozen=True, slots=True)
class Load:
    """What to receive: addresses, how, for how long (seconds)."""

    addresses: list[str]
    transport: Transport
    credentials: Credentials | None
    settle_s: float
    seconds: float


async def measure(load: Load) -> Outcome:
    hub, cameras, seconds = Tallies(), len(load.addresses), load.seconds
    service = IngestService(hub, MemoryBus(), SystemClock(), IngestSettings(), ShutBook())
    await service.start(
        (
            Camera(
                id=f"cam{number}",
                organisation="bench",
                name=f"cam{number}",
                streams={StreamRole.MAIN: StreamSource(address, transport=load.transport)},
            ),
            load.credentials,
        )
        for number, address in enumerate(load.addresses)
    )
    await asyncio.sleep(load.settle_s + 0.03 * cameras)
    cpu, packets, started = time.process_time(), hub.packets, time.monotonic()
    await asyncio.sleep(seconds)
    spent, passed = time.process_time() - cpu, time.monotonic() - started
    health, closed = service.health(), hub.closed
    rate = (hub.packets - packets) / passed / cameras
    await service.stop()
    return Outcome(
        cameras=cameras,
        cpu_percent_per_camera=round(100 * spent / passed / cameras, 4),
        frame_rate=round(rate, 2),
        rss_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        lost_packets=sum(one.lost_packets for one in health),
        lost_frames=sum(one.lost_frames for one in health),
        missed_frames=hub.missed,
        closed=closed,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--settle", type=float, default=6.0, help="seconds before measuring")
    parser.add_argument("--transport", choices=[one.value for one in Transport], default="tcp")
    parser.add_argument("--sign-in", choices=["none", "digest", "basic"], default="none")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    reason = why_no_farm()
    if reason is not None:
        print(reason, file=sys.stderr)
        sys.exit(NO_FARM)
    secret = None if options.sign_in == "none" else ("viewer", "bench")
    profile = cProfile.Profile()
    with TemporaryDirectory() as folder:
        clip, note = bench_clip(Path(folder))
        if note:
            print(note, file=sys.stderr)
        basic = options.sign_in == "basic"
        with FarmProcess(clip, options.cameras, credentials=secret, basic=basic) as farm:
            load = Load(
                [farm.url(number) for number in range(options.cameras)],
                Transport(options.transport),
                Credentials(*secret) if secret else None,
                options.settle,
                options.seconds,
            )
            if options.profile:
                profile.enable()
            outcome = asyncio.run(measure(load))
            profile.disable()
    print(json.dumps(asdict(outcome)))
    if options.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
