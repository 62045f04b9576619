"""A real ``vedette run`` with simulated cameras beside it, for tests that look from outside."""

import asyncio
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from vedette.testing.camera.clip import Clip
from vedette.testing.camera.feed import Feed
from vedette.testing.camera.site import SimulatedSite

_LINK = re.compile(r"https?://\S+/enter#\S+")
_START_S = 60.0
Answer = TypeVar("Answer")
_STOP_S = 20.0


class SiteThread:
    """A ``SimulatedSite`` with an event loop of its own, for callers without one.

    Args:
        cameras: See SimulatedSite.
    """

    def __init__(
        self, cameras: Mapping[str, Clip | Feed | tuple[Clip | Feed, Clip | Feed]]
    ) -> None:
        self.site = SimulatedSite(cameras)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulated site")

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait(asyncio.run_coroutine_threadsafe(self.site.__aenter__(), self._loop))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        leaving = self.site.__aexit__(kind, error, trace)
        self._wait(asyncio.run_coroutine_threadsafe(leaving, self._loop))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STOP_S)
        self._loop.close()

    def fault(self, camera: str, text: str) -> None:
        """Give a camera the faults named in a text (see ``Faults.parse``) and cut its lines.

        An empty text mends the camera.
        """
        one = self.site.cameras[camera]

        async def change() -> None:
            one.faults.clear()
            if text:
                one.faults.update(text)
                await one.disconnect()

        self._wait(asyncio.run_coroutine_threadsafe(change(), self._loop))

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Do something in the site's event loop and give what came of it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_STOP_S)

    @staticmethod
    def _wait(future: Future[Any]) -> None:
        future.result(_STOP_S)


class RunningServer:
    """``vedette run`` in a process of its own on a free port.

    Attributes:
        url: Where it answers, without a slash at the end.
        link: Signs the administrator in once.
    """

    def __init__(self, data: Path, environment: Mapping[str, str] | None = None) -> None:
        self._data = data
        # A narrow terminal would wrap the link.
        self._environment = {**os.environ, "COLUMNS": "500", **(environment or {})}
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self.lines: list[str] = []
        self.url = ""
        self.link = ""

    @property
    def pid(self) -> int:
        """Of the process.

        Raises:
            RuntimeError: It does not run.
        """
        if self._process is None:
            raise RuntimeError("use RunningServer as a context")
        return self._process.pid

    def command(self, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        """Run ``vedette ARGUMENTS --data DATA`` beside the server and give what it printed.

        Raises:
            subprocess.CalledProcessError: It failed.
        """
        done = subprocess.run(
            [*_VEDETTE, *arguments, "--data", str(self._data)],
            env={**self._environment, **(environment or {})},
            check=True,
            capture_output=True,
            text=True,
            timeout=_START_S,
        )
        return done.stdout

    def __enter__(self) -> Self:
        process = subprocess.Popen(
            [*_VEDETTE, "run", "--data", str(self._data), "--port", "0"],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._process = process
        links: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(links.put,), name="server's words")
        self._reader.start()
        try:
            self.link = links.get(timeout=_START_S)
        except queue.Empty:
            self.__exit__(None, None, None)
            raise TimeoutError("vedette run printed no link:\n" + "\n".join(self.lines)) from None
        self.url = self.link.partition("/enter#")[0]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None  # noqa: S101  entered before
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._reader is not None:
            self._reader.join(_STOP_S)
        if self._process.stderr is not None:
            self._process.stderr.close()

    def _read(self, found: Callable[[str], None]) -> None:
        assert self._process is not None  # noqa: S101  started before
        assert self._process.stderr is not None  # noqa: S101  asked for above
        for line in self._process.stderr:
            self.lines.append(line.rstrip())
            match = _LINK.search(line)
            if match:
                found(match.group(0))


_VEDETTE = (sys.executable, "-c", "from vedette.cli import main; main()")
