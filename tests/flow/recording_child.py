"""Records made-up cameras until it is killed; says on its standard output what it has published.

Run as ``python recording_child.py ROOT CAMERAS``; one line per group: camera, its last frame's end.
"""

import asyncio
import sys
import time
from pathlib import Path

from tests.unit.record.site import running, some_camera
from vedette.base.clock import SystemClock
from vedette.model.camera import StreamRole
from vedette.testing.feed import Feed

GROUP_S = 0.2


async def main(root: Path, cameras: int) -> None:
    sites = [some_camera(str(index)) for index in range(cameras)]
    async with running(root, sites, clock=SystemClock()) as site:
        feeds = {
            camera.key(StreamRole.MAIN): Feed(
                frame_rate=50,
                key_interval=10,
                frame_bytes=20_000,
                start_us=time.time_ns() // 1000,
                start_ns=time.monotonic_ns(),
                audio=True,
            )
            for camera in sites
        }
        for stream, feed in feeds.items():
            site.hub.publish(stream, feed.opened())
        began = time.monotonic()
        for round_ in range(1_000_000):
            for stream, feed in feeds.items():
                for packet in feed.frames(10):
                    site.hub.publish(stream, packet)
                sys.stdout.write(f"{stream.camera} {feed.start_us + feed.delay_us} {feed.now_us}\n")
            sys.stdout.flush()
            await asyncio.sleep(max(0.0, began + (round_ + 1) * GROUP_S - time.monotonic()))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
