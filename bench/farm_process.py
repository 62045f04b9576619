"""Starts and stops the GStreamer farm (``bench/farm.py``) from the project's own Python."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.child import end
from vedette.base.errors import ConfigError
from vedette.testing.media import ClipSpec, find_clip, write_mp4

FARM = Path(__file__).with_name("farm.py")
SYSTEM_PYTHON = "/usr/bin/python3"


def why_no_farm() -> str | None:
    """Why the farm cannot run on this machine; None when it can."""
    question = "import gi; gi.require_version('GstRtspServer', '1.0')"
    try:
        done = subprocess.run([SYSTEM_PYTHON, "-c", question], capture_output=True, check=False)
    except OSError:
        return f"there is no {SYSTEM_PYTHON}"
    if done.returncode:
        return "GStreamer's RTSP server is missing; apt install gir1.2-gst-rtsp-server-1.0"
    return None


def bench_clip(folder: Path) -> tuple[Path, str]:
    """The clip that the benchmark's cameras play: 1080p25, H.264, 4 Mbit/s, 2 s between key frames.

    Returns:
        The file, and a note that is empty when it is a real surveillance clip.
    """
    found = find_clip("vtest1080.mp4")
    if found.path is not None:
        return found.path, ""
    path = folder / "clip.mp4"
    spec = ClipSpec(width=1920, height=1080, key_interval=50, frames=250, bit_rate=4_000_000)
    write_mp4(path, spec)
    return path, found.note


class FarmProcess:
    """``with FarmProcess(clip, 8) as farm: farm.url(0)``.

    Args:
        clip: MP4 with H.264 or H.265 video.
        cameras: Mounts.
        credentials: User name and password to ask for (Digest).
        basic: Ask with Basic instead.
    """

    def __init__(
        self,
        clip: Path,
        cameras: int,
        *,
        credentials: tuple[str, str] | None = None,
        basic: bool = False,
    ) -> None:
        self.cameras = cameras
        self.port = 0
        self._command = [SYSTEM_PYTHON, str(FARM), str(clip), "--cameras", str(cameras)]
        if credentials is not None:
            self._command += ["--username", credentials[0], "--password", credentials[1]]
        if basic:
            self._command.append("--basic")
        self._process: subprocess.Popen[str] | None = None

    def url(self, number: int) -> str:
        """Address of a camera, without credentials."""
        return f"rtsp://127.0.0.1:{self.port}/cam{number}"

    def counts(self) -> dict[str, Any]:
        """What was pushed so far; see ``bench/farm.py``."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise ConfigError("the farm does not run; use it in a with block")
        process.stdin.write("counts\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    def __enter__(self) -> Self:
        """Start it.

        Raises:
            ConfigError: It did not start.
        """
        if shutil.which(SYSTEM_PYTHON) is None:
            raise ConfigError(f"the GStreamer farm needs {SYSTEM_PYTHON}")
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sys.stderr,
            text=True,
        )
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line.startswith("{"):
            self.__exit__(None, None, None)
            raise ConfigError(f"the GStreamer farm did not start: {why_no_farm() or line}")
        self.port = int(json.loads(line)["port"])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        process, self._process = self._process, None
        if process is not None:
            end(process)
