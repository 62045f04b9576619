"""A farm of third-party cameras: GStreamer's RTSP server plays one clip at many mounts.

Runs under the system's Python, which has GObject introspection (Debian: gir1.2-gst-rtsp-server-1.0
and the GStreamer plug-ins good and bad), not under the project's. ``bench.farm_process`` starts it.

    /usr/bin/python3 bench/farm.py clip.mp4 --cameras 8 --port 0

Prints ``{"ready": true, "port": N, ...}``. A line on its standard input is answered with a line of
counts. Each frame carries its number as an SEI message (``index_message``), so that whoever records
can be asked for every single one. Ends on SIGTERM, SIGINT, or when its standard input closes.
"""

# GStreamer has no stubs, and its Python is not the project's.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
# pyright: reportOptionalMemberAccess=false, reportMissingModuleSource=false

import argparse
import json
import signal
import sys
import threading
import time
from dataclasses import dataclass, field

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

INDEX_UUID = b"vedette-farm-idx"
"""Names our message among SEI messages; 16 bytes."""


def index_message(index: int, *, hevc: bool) -> bytes:
    """An SEI unit (user data unregistered) that says a frame's number in 20 decimal digits.

    Digits hold no zero bytes, so no emulation prevention is needed (ITU-T H.264, 7.4.1).
    """
    payload = INDEX_UUID + b"%020d" % index
    body = bytes([5, len(payload)]) + payload + b"\x80"
    unit = (b"\x4e\x01" if hevc else b"\x06") + body
    return len(unit).to_bytes(4, "big") + unit


@dataclass
class Clip:
    """A clip in memory: access units with four-byte lengths."""

    caps: object
    hevc: bool
    frame_ns: int
    units: list[bytes] = field(default_factory=list)
    keys: list[bool] = field(default_factory=list)


def load(path: str) -> Clip:
    """Read the first video track of an MP4 file with GStreamer's own demultiplexer."""
    # No parser behind the demultiplexer: some versions of it turn lengths into start codes.
    source = f'filesrc location="{path}" ! qtdemux name=d d.video_0 ! '
    sink = "appsink name=out sync=false max-buffers=4"
    pipeline = Gst.parse_launch(source + sink)
    out = pipeline.get_by_name("out")
    pipeline.set_state(Gst.State.PLAYING)
    clip = None
    while (sample := out.emit("try-pull-sample", 10 * Gst.SECOND)) is not None:
        buffer = sample.get_buffer()
        if clip is None:
            caps = sample.get_caps()
            structure = caps.get_structure(0)
            known, top, bottom = structure.get_fraction("framerate")
            frame_ns = Gst.SECOND * bottom // top if known and top else 40_000_000
            clip = Clip(caps, "265" in structure.get_name(), frame_ns)
        clip.units.append(buffer.extract_dup(0, buffer.get_size()))
        clip.keys.append(not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT))
    pipeline.set_state(Gst.State.NULL)
    if clip is None or not clip.keys[0]:
        sys.exit(f"{path} holds no H.264 or H.265 video that begins with a key frame")
    return clip


@dataclass
class Mount:
    """One camera's counters.

    ``pushed`` frames went into the pipeline in all; ``index`` is the number of the next one;
    ``runs`` holds the first number and the first one not pushed of each time somebody played.
    """

    name: str
    index: int = 0
    pushed: int = 0
    refused: int = 0
    opened: int = 0
    source: object = None
    started: int = 0
    runs: list[list[int]] = field(default_factory=list)


class Factory(GstRtspServer.RTSPMediaFactory):
    """Makes the pipeline of one mount, shared by its clients."""

    def __init__(self, mount: Mount, clip: Clip, lock: threading.Lock) -> None:
        super().__init__()
        self._mount, self._clip, self._lock = mount, clip, lock
        pay = "rtph265pay" if clip.hevc else "rtph264pay"
        self.set_shared(True)
        self.set_launch(
            "( appsrc name=src is-live=true format=time max-bytes=8000000 block=false ! "
            f"{pay} name=pay0 pt=96 config-interval=-1 mtu=1400 )"
        )

    def do_configure(self, media: object) -> None:
        """Begin to feed a pipeline; GStreamer calls it for the first client."""
        source = media.get_element().get_by_name_recurse_up("src")
        source.set_property("caps", self._clip.caps)
        with self._lock:
            self._mount.source = source
            self._mount.opened += 1
            # Start at a key frame, whatever was sent before.
            length = len(self._clip.units)
            self._mount.index = -(-self._mount.index // length) * length
            self._mount.started = self._mount.index
            self._mount.runs.append([self._mount.index, -1])
        media.connect("unprepared", self._gone, source)

    def _gone(self, _media: object, source: object) -> None:
        with self._lock:
            if self._mount.source is source:
                self._mount.source = None
                self._mount.runs[-1][1] = self._mount.index


class Farm:
    """The server, its mounts, and the thread that feeds them in real time."""

    def __init__(self, clip: Clip, arguments: argparse.Namespace) -> None:
        self.clip = clip
        self.lock = threading.Lock()
        self.mounts = [Mount(f"cam{number}") for number in range(arguments.cameras)]
        self.late_ms = 0.0
        self.numbered = not arguments.no_index
        self.server = GstRtspServer.RTSPServer()
        self.server.set_address(arguments.host)
        self.server.set_service(str(arguments.port))
        self.server.set_backlog(512)
        points = self.server.get_mount_points()
        for mount in self.mounts:
            factory = Factory(mount, clip, self.lock)
            if arguments.username:
                permissions = GstRtspServer.RTSPPermissions()
                permissions.add_role("viewer")
                permissions.add_permission_for_role("viewer", "media.factory.access", True)  # noqa: FBT003
                permissions.add_permission_for_role("viewer", "media.factory.construct", True)  # noqa: FBT003
                factory.set_permissions(permissions)
            points.add_factory(f"/{mount.name}", factory)
        if arguments.username:
            self._require(arguments.username, arguments.password, digest=not arguments.basic)

    def _require(self, username: str, password: str, *, digest: bool) -> None:
        auth = GstRtspServer.RTSPAuth()
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        if digest:
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
            auth.add_digest(username, password, token)
        else:
            basic = GstRtspServer.RTSPAuth.make_basic(username, password)
            auth.add_basic(basic, token)
        self.server.set_auth(auth)

    def feed(self) -> None:
        """Push one frame per mount and frame time, for ever."""
        step_s = self.clip.frame_ns / 1e9
        due_s = time.monotonic()
        while True:
            due_s += step_s
            wait_s = due_s - time.monotonic()
            if wait_s > 0:
                time.sleep(wait_s)
            else:
                self.late_ms = max(self.late_ms, -wait_s * 1000)
            with self.lock:
                live = [(mount, mount.source) for mount in self.mounts if mount.source]
            for mount, source in live:
                self._push(mount, source)

    def _push(self, mount: Mount, source: object) -> None:
        place = mount.index % len(self.clip.units)
        data = self.clip.units[place]
        if self.numbered:
            data = index_message(mount.index, hevc=self.clip.hevc) + data
        buffer = Gst.Buffer.new_wrapped(data)
        buffer.pts = buffer.dts = (mount.index - mount.started) * self.clip.frame_ns
        buffer.duration = self.clip.frame_ns
        if not self.clip.keys[place]:
            buffer.set_flags(Gst.BufferFlags.DELTA_UNIT)
        if source.emit("push-buffer", buffer) == Gst.FlowReturn.OK:
            mount.pushed += 1
        else:
            mount.refused += 1
        mount.index += 1

    def counts(self) -> dict:
        """What was pushed so far."""
        with self.lock:
            mounts = [
                {key: value for key, value in vars(mount).items() if key != "source"}
                | {"live": mount.source is not None}
                for mount in self.mounts
            ]
        return {"late_ms": round(self.late_ms, 1), "mounts": mounts}


def _answer(farm: Farm, loop: object) -> None:
    for _line in sys.stdin:
        print(json.dumps(farm.counts()), flush=True)
    loop.quit()


def serve() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip")
    parser.add_argument("--cameras", type=int, default=1)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--username")
    parser.add_argument("--password", default="")
    parser.add_argument("--basic", action="store_true", help="Basic instead of Digest")
    parser.add_argument("--no-index", action="store_true", help="without numbers in the frames")
    arguments = parser.parse_args()
    Gst.init(None)
    clip = load(arguments.clip)
    farm = Farm(clip, arguments)
    if not farm.server.attach(None):
        sys.exit(f"port {arguments.port} is taken; give another --port")
    loop = GLib.MainLoop()
    for number in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, loop.quit)
    threading.Thread(target=farm.feed, daemon=True).start()
    threading.Thread(target=_answer, args=(farm, loop), daemon=True).start()
    ready = {
        "ready": True,
        "port": farm.server.get_bound_port(),
        "frames": len(clip.units),
        "frame_ns": clip.frame_ns,
        "hevc": clip.hevc,
    }
    print(json.dumps(ready), flush=True)
    loop.run()


if __name__ == "__main__":
    serve()
