"""The recorders that ``bench record`` compares: ours and two peers, all fed by the same farm."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from bench.farm_process import FarmProcess
from vedette.base.ids import new_id
from vedette.model.camera import Camera, StreamRole, StreamSource
from vedette.settings import load
from vedette.stores import open_stores

_STOP_S = 60.0
_INDEX = re.compile(rb"vedette-farm-idx(\d{20})")


class Recorder(Protocol):
    """Records every camera of a farm into a folder, in processes of its own."""

    name: str

    def start(self, farm: FarmProcess, folder: Path) -> list[int]:
        """Begin; returns the process identifiers."""
        ...

    def stop(self) -> None:
        """End in order, so that everything received is on disk."""
        ...

    def files(self, folder: Path, camera: int) -> list[Path]:
        """What was recorded of a camera."""
        ...


def _end(processes: Sequence[subprocess.Popen[bytes]], how: signal.Signals) -> None:
    for process in processes:
        process.send_signal(how)
    deadline = time.monotonic() + _STOP_S
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class VedetteRecorder:
    """``vedette run`` as anyone would run it: indexing, hashing and fdatasync on."""

    name = "vedette"

    def __init__(self) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []
        self._cameras: dict[int, str] = {}

    def start(self, farm: FarmProcess, folder: Path) -> list[int]:
        """See Recorder.start."""
        self._cameras = asyncio.run(add_cameras(farm, folder))
        return self.run(folder)

    def run(self, folder: Path) -> list[int]:
        """Start the server on a folder whose cameras were added."""
        command = Path(sys.executable).with_name("vedette")
        with (folder / "vedette.log").open("ab") as log:
            process = subprocess.Popen(
                [str(command), "run", "--data", str(folder), "--port", "0"],
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self.processes = [process]
        return [process.pid]

    def stop(self) -> None:
        """See Recorder.stop."""
        _end(self.processes, signal.SIGTERM)
        self.processes = []

    def kill(self) -> None:
        """Die as in a power cut."""
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes = []

    def files(self, folder: Path, camera: int) -> list[Path]:
        """See Recorder.files."""
        return sorted(folder.rglob(f"*{self._cameras[camera]}*/**/*.mp4"))


async def add_cameras(farm: FarmProcess, folder: Path) -> dict[int, str]:
    """Add every camera of the farm to an installation; returns their identifiers."""
    added: dict[int, str] = {}
    async with open_stores(load(None, data=folder)) as stores:
        organisation = await stores.organisation()
        for number in range(farm.cameras):
            camera = Camera(
                id=new_id(),
                organisation=organisation,
                name=f"cam{number}",
                streams={StreamRole.MAIN: StreamSource(farm.url(number))},
            )
            await stores.cameras.add(organisation, camera, None)
            added[number] = camera.id
    return added


class FfmpegRecorder:
    """One ffmpeg per camera with the flags that Frigate gives it."""

    name = "ffmpeg per camera"

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []

    @staticmethod
    def missing() -> str | None:
        """Why it cannot run; None when it can."""
        return None if shutil.which("ffmpeg") else "ffmpeg is not installed"

    def start(self, farm: FarmProcess, folder: Path) -> list[int]:
        """See Recorder.start."""
        for number in range(farm.cameras):
            command = "ffmpeg -hide_banner -loglevel error -nostdin -avoid_negative_ts make_zero"
            command += " -fflags +genpts+discardcorrupt -rtsp_transport tcp -timeout 10000000"
            command += f" -use_wallclock_as_timestamps 1 -i {farm.url(number)} -f segment"
            command += " -segment_time 10 -segment_format mp4 -reset_timestamps 1 -c copy -an"
            self._processes.append(
                subprocess.Popen(
                    [*command.split(), str(folder / f"cam{number}-%04d.mp4")],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
            time.sleep(0.02)
        return [process.pid for process in self._processes]

    def stop(self) -> None:
        """See Recorder.stop."""
        _end(self._processes, signal.SIGINT)
        self._processes = []

    def files(self, folder: Path, camera: int) -> list[Path]:
        """See Recorder.files."""
        return sorted(folder.glob(f"cam{camera}-*.mp4"))


class PyavRecorder:
    """PyAV in one process with a thread per camera, writing fragmented MP4."""

    name = "PyAV, one process"

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, farm: FarmProcess, folder: Path) -> list[int]:
        """See Recorder.start."""
        script = Path(__file__).with_name("record_pyav.py")
        command = [sys.executable, str(script), farm.url(0)[:-1], str(farm.cameras), str(folder)]
        self._processes = [
            subprocess.Popen(command, env={**os.environ, "PYTHONWARNINGS": "ignore"})
        ]
        return [self._processes[0].pid]

    def stop(self) -> None:
        """See Recorder.stop."""
        _end(self._processes, signal.SIGTERM)
        self._processes = []

    def files(self, folder: Path, camera: int) -> list[Path]:
        """See Recorder.files."""
        return sorted(folder.glob(f"cam{camera}-*.mp4"))


def recorded_frames(files: Sequence[Path]) -> list[int]:
    """The numbers that the farm wrote into the frames found in files, sorted, each once."""
    numbers: set[int] = set()
    for path in files:
        numbers.update(int(digits) for digits in _INDEX.findall(path.read_bytes()))
    return sorted(numbers)


def missing_frames(numbers: Sequence[int]) -> int:
    """Frames missing between the first and the last one recorded."""
    return numbers[-1] - numbers[0] + 1 - len(numbers) if numbers else 0
