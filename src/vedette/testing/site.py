"""A simulated site as a process: ``python -m vedette.testing.site --port 8554 --cameras 6``.

Prints one JSON line per camera, ``{"name", "place", "main", "sub", "codec", "audio", "onvif"}``,
then ``{"ready": true, "port": N}``; ends on SIGINT or SIGTERM. A URL may carry faults as its query,
such as ``?stall_after_frames=100``; see ``camera.faults.Faults``.
"""

import argparse
import asyncio
import contextlib
import ctypes
import json
import signal
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from vedette.base.errors import VedetteError
from vedette.model.camera import Credentials
from vedette.model.packet import Codec
from vedette.testing.camera import AuthScheme, CameraAt, ServerSettings, SimulatedSite
from vedette.testing.encoder import EncoderSettings
from vedette.testing.media import make_audio
from vedette.testing.onvif_device import DeviceProfile, DeviceScript, SimulatedOnvifDevice
from vedette.testing.onvif_head import SimulatedHead
from vedette.testing.pictures import photograph
from vedette.testing.scene import PLACES, SceneCamera, SceneSettings
from vedette.testing.scene.cache import painted

_AUDIO = {"lobby": Codec.AAC, "school-gate": Codec.PCM_ALAW}
"""Cameras with sound: one that a browser can play, one that it cannot."""
_TURNS = "main-street"
"""The camera that can be turned, over ONVIF at the address that its line names."""
_ARENAS, _MAP_FROM = -8, -3
"""``M_ARENA_MAX`` and ``M_MMAP_THRESHOLD`` of mallopt(3)."""


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m vedette.testing.site", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--cameras", type=int, default=6, help="1 to 64")
    parser.add_argument("--frame-rate", type=int, default=10, help="frames per second of main")
    parser.add_argument("--username", help="ask for credentials (Digest)")
    parser.add_argument("--password", default="", help="goes with --username")
    parser.add_argument("--no-bars", action="store_true", help="without the machine-readable clock")
    parser.add_argument(
        "--h265", metavar="PLACE", action="append", default=[], help="film a place in H.265"
    )
    parser.add_argument(
        "--fault",
        metavar="PLACE:FAULTS",
        action="append",
        default=[],
        help="such as lobby:lose_every=100&drift_ppm=50",
    )
    return parser.parse_args(argv)


def _camera(number: int, arguments: argparse.Namespace) -> tuple[str, SceneCamera]:
    """The n-th camera; after the last place the first one comes again."""
    places = list(PLACES)
    place = places[number % len(places)]
    name = place if number < len(places) else f"{place}-{number // len(places) + 1}"
    audio = _AUDIO.get(name)
    rate = max(2, arguments.frame_rate)
    settings = SceneSettings(
        encoding=EncoderSettings(
            codec=Codec.HEVC if place in arguments.h265 else Codec.H264,
            width=1280,
            height=720,
            frame_rate=rate,
            key_interval=2 * rate,
            live=True,
        ),
        bars=not arguments.no_bars,
        audio=make_audio(audio) if audio else None,
        head=SimulatedHead() if name == _TURNS else None,
    )
    return name, SceneCamera(place, settings)


def _device(
    at: CameraAt, camera: SceneCamera, arguments: argparse.Namespace
) -> SimulatedOnvifDevice | None:
    """The ONVIF side of a camera that turns."""
    head = camera.settings.head
    if head is None:
        return None
    full = camera.settings.encoding
    streams = (
        DeviceProfile("main", at.url, width=full.width, height=full.height),
        DeviceProfile("sub", at.sub_url, width=full.width // 2, height=full.height // 2),
    )
    script = DeviceScript(
        location=camera.title.title(), head=head, profiles=streams, snapshot=_snapshot(_TURNS)
    )
    return SimulatedOnvifDevice(
        script,
        host=arguments.host,
        username=arguments.username or "",
        password=arguments.password,
    )


def _snapshot(place: str) -> bytes:
    """What is seen there, as JPEG: a sketch, when nobody has painted the place yet."""
    still, _ = next(painted(place, threading.Event()))
    return photograph(still)


def _return_memory() -> None:
    """Have the C library give freed pictures back; its default keeps hundreds of megabytes."""
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
        library = ctypes.CDLL(None)
        library.mallopt(_ARENAS, 2)
        library.mallopt(_MAP_FROM, 256 * 1024)


async def _run(arguments: argparse.Namespace) -> None:
    cameras = dict(_camera(number, arguments) for number in range(min(64, arguments.cameras)))
    credentials = (
        Credentials(arguments.username, arguments.password) if arguments.username else None
    )
    site = SimulatedSite(
        {name: (camera.main, camera.sub) for name, camera in cameras.items()},
        ServerSettings(credentials=credentials, auth=AuthScheme.DIGEST_BOTH),
        host=arguments.host,
        port=arguments.port,
    )
    for fault in arguments.fault:
        name, _, text = fault.partition(":")
        site.cameras[name].faults.update(text)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # More threads than cores would only take the interpreter from one another, and memory.
    loop.set_default_executor(ThreadPoolExecutor(2, "scene"))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with site, contextlib.AsyncExitStack() as stack:
        for name, camera in cameras.items():
            device = _device(site.cameras[name], camera, arguments)
            _say(
                name=camera.title.title() + ("" if name in PLACES else f" {name[-1]}"),
                place=name,
                main=site.cameras[name].url,
                sub=site.cameras[name].sub_url,
                codec=camera.main.settings.codec.value,
                audio=_AUDIO[name].value if name in _AUDIO else None,
                onvif=(await stack.enter_async_context(device)).address if device else None,
            )
        _say(ready=True, port=site.server.port)
        await stop.wait()
    for camera in cameras.values():
        await camera.stop()


def _say(**fields: object) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """Run until told to stop.

    Returns:
        0 after a clean end, 2 when it could not start.
    """
    _return_memory()
    try:
        asyncio.run(_run(_arguments(argv)))
    except (OSError, VedetteError, KeyError) as error:
        sys.stderr.write(f"the simulated site cannot start: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
