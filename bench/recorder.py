"""What recording alone costs: made-up packets in, files and rows out, no camera and no network.

    python -m bench.recorder [--cameras 64] [--rounds 10] [--profile]

CPU is told per group of pictures and as percent of one core for a camera of 25 frames per second
and 4 Mbit/s; it includes hashing, fdatasync and the catalogue, but not receiving from the camera.
"""

import argparse
import asyncio
import cProfile
import pstats
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

from vedette.base.clock import SystemClock
from vedette.bus import BUSES
from vedette.catalog.store import SqlCatalog
from vedette.db.engine import Database
from vedette.hub import HUBS
from vedette.model.camera import Camera, StreamKey, StreamRole, StreamSource
from vedette.model.packet import Packet
from vedette.record.service import RecordService
from vedette.record.settings import RecordSettings
from vedette.storage.settings import VolumeSettings
from vedette.storage.volumes import Volumes
from vedette.testing.feed import Feed

ORGANISATION = "00000000-0000-7000-8000-000000000001"
GROUP_FRAMES = 50
GROUP_S = 2.0


def template() -> list[Packet]:
    """One group of 1 MB in 50 frames, as 4 Mbit/s at 25 frames per second give it."""
    feed = Feed(frame_bytes=17_500)
    return list(feed.frames(GROUP_FRAMES))


async def record(root: Path, cameras: int, rounds: int, pause_s: float) -> dict[str, float]:
    """Publish ``rounds`` groups for each camera; CPU seconds by what used them."""
    database = Database.open(f"sqlite:///{root / 'vedette.db'}")
    await database.migrate()
    volumes = Volumes(root / "data", [VolumeSettings(path=root / "disk", reserve_bytes=0)])
    await volumes.open()
    hub, bus = HUBS.load("memory")(), BUSES.load("memory")()
    clock = SystemClock()
    sites = [
        Camera(
            f"cam-{index}", ORGANISATION, str(index), {StreamRole.MAIN: StreamSource("rtsp://x")}
        )
        for index in range(cameras)
    ]
    service = RecordService(hub, bus, SqlCatalog(database), volumes, clock, RecordSettings())
    await service.start(sites)
    streams = [camera.key(StreamRole.MAIN) for camera in sites]
    for stream in streams:
        hub.publish(stream, Feed(start_us=clock.wall_us()).opened())
    group = template()
    made_s = loop_s = 0.0
    began, began_wall = time.process_time(), time.monotonic()
    for index in range(rounds + 1):
        begin = time.thread_time()
        packets = moved(group, index)
        made_s += time.thread_time() - begin
        for stream in streams:
            begin = time.thread_time()
            publish(hub, stream, packets)
            loop_s += time.thread_time() - begin
            await asyncio.sleep(pause_s)
    await service.flush()
    threads = thread_cpu()
    used_s = time.process_time() - began - made_s
    wall_s = time.monotonic() - began_wall
    dropped = sum(service.dropped_groups(stream) for stream in streams)
    await service.stop()
    await volumes.close()
    await database.close()
    return {
        "cpu_s": used_s,
        "loop_s": loop_s,
        "wall_s": wall_s,
        "dropped": float(dropped),
        **threads,
    }


def thread_cpu() -> dict[str, float]:
    """CPU seconds of each thread, by its name; empty where the system does not tell."""
    found: dict[str, float] = {}
    for thread in threading.enumerate():
        stat = Path(f"/proc/self/task/{thread.native_id}/schedstat")
        if stat.exists():
            name = thread.name.rstrip("0123456789_-")
            used_s = int(stat.read_text().split()[0]) / 1e9
            found[f"thread {name}"] = found.get(f"thread {name}", 0.0) + used_s
    return found


def moved(group: list[Packet], index: int) -> list[Packet]:
    """The same group ``index`` groups later."""
    ticks, us = index * GROUP_FRAMES * 3600, int(index * GROUP_S * 1_000_000)
    return [
        replace(
            packet,
            pts=packet.pts + ticks,
            dts=packet.dts + ticks,
            arrival_ns=packet.arrival_ns + us * 1000,
            wall_us=packet.wall_us + us,
        )
        for packet in group
    ]


def publish(hub: object, stream: StreamKey, packets: list[Packet]) -> None:
    give = hub.publish  # type: ignore[attr-defined]
    for packet in packets:
        give(stream, packet)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--pause", type=float, default=0.004, help="seconds between two groups")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        profile = cProfile.Profile()
        if options.profile:
            profile.enable()
        found = asyncio.run(record(Path(folder), options.cameras, options.rounds, options.pause))
        if options.profile:
            profile.disable()
            pstats.Stats(profile).sort_stats("tottime").print_stats(30)
    groups = options.cameras * options.rounds
    print(f"{groups} groups of 1 MB in {found['wall_s']:.1f} s, {found['dropped']:.0f} dropped")
    print(f"all: {found['cpu_s'] / groups * 1e6:.0f} us of CPU for each group")
    print(f"     {found['cpu_s'] / groups / GROUP_S * 100:.4f} % of one core for each camera")
    for name, used_s in found.items():
        if name.startswith("thread "):
            print(f"{name}: {used_s / groups * 1e6:.0f} us for each group, start-up included")
    print(f"event loop: {found['loop_s'] / groups * 1e6:.0f} us for each group")


if __name__ == "__main__":
    main()
