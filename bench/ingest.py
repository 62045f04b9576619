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
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.farm_process import FarmProcess, bench_clip, why_no_farm
from vedette.base.clock import SystemClock
from vedette.bus.drivers.memory import MemoryBus
from vedette.hub import HUBS
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


@dataclass(slots=True)
class Tally:
    """See StreamSink; counts what one stream hands over, and throws it away.

    Attributes:
        packets: That came.
        closed: Runs that ended.
        numbered: Packets that carry the farm's number.
        missed: Numbered frames that never came.
    """

    packets: int = 0
    closed: int = 0
    numbered: int = 0
    missed: int = 0
    _last: int | None = None

    def receive(self, item: HubItem) -> None:
        """See StreamSink.receive."""
        if isinstance(item, Packet):
            self.packets += 1
            found = item.payload.find(_INDEX, 0, 256)
            if found >= 0:
                start = found + len(_INDEX)
                index = int(item.payload[start : start + _INDEX_DIGITS])
                self.numbered += 1
                if self._last is not None:
                    self.missed += max(0, index - self._last - 1)
                self._last = index
        elif isinstance(item, StreamClosed):
            self.closed += 1


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
        unnumbered_frames: In which the farm's number was not found.
        missed_frames: By the numbers in the frames.
        closed: Connections that ended.
    """

    cameras: int
    cpu_percent_per_camera: float
    frame_rate: float
    rss_mb: float
    lost_packets: int
    lost_frames: int
    unnumbered_frames: int
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
    hub, count, seconds = HUBS.load("memory")(), len(load.addresses), load.seconds
    cameras = [
        Camera(
            id=f"cam{number}",
            organisation="bench",
            name=f"cam{number}",
            streams={StreamRole.MAIN: StreamSource(address, transport=load.transport)},
        )
        for number, address in enumerate(load.addresses)
    ]
    tallies = [Tally() for _ in cameras]
    for camera, tally in zip(cameras, tallies, strict=True):
        hub.attach(camera.key(StreamRole.MAIN), tally)
    service = IngestService(hub, MemoryBus(), SystemClock(), IngestSettings(), ShutBook())
    await service.start((camera, load.credentials) for camera in cameras)
    await asyncio.sleep(load.settle_s + 0.03 * count)
    cpu, started = time.process_time(), time.monotonic()
    packets = sum(tally.packets for tally in tallies)
    await asyncio.sleep(seconds)
    spent, passed = time.process_time() - cpu, time.monotonic() - started
    health, closed = service.health(), sum(tally.closed for tally in tallies)
    packets = sum(tally.packets for tally in tallies) - packets
    await service.stop()
    return Outcome(
        cameras=count,
        cpu_percent_per_camera=round(100 * spent / passed / count, 4),
        frame_rate=round(packets / passed / count, 2),
        rss_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        lost_packets=sum(one.lost_packets for one in health),
        lost_frames=sum(one.lost_frames for one in health),
        unnumbered_frames=sum(tally.packets - tally.numbered for tally in tallies),
        missed_frames=sum(tally.missed for tally in tallies),
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
