"""Plain viewers of one live stream: they take what comes and show nothing.

    python -m bench.live_viewers URL    (a token in the environment, orders on standard input)

Each line on standard input is how many shall watch from then on; a line
``{"viewers", "frames", "bytes"}`` answers once they do, with what all of them got since the last.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from websockets.asyncio.client import connect

from bench.child import end

TOKEN = "VEDETTE_BENCH_TOKEN"  # noqa: S105  the name of the variable


class Viewers:
    """The viewers in a process of their own.

    Args:
        url: Of the stream, ``ws://...``.
        token: Of somebody who may watch it.
        beyond: What stands before the command, to run it elsewhere.
    """

    def __init__(self, url: str, token: str, beyond: Sequence[str] = ()) -> None:
        self._command = [*beyond, sys.executable, "-m", "bench.live_viewers", url]
        self._environment = {**os.environ, TOKEN: token}
        self._process: subprocess.Popen[str] | None = None

    def watch(self, count: int) -> dict[str, int]:
        """Have so many watch.

        Returns:
            What all of them got since the last order.

        Raises:
            RuntimeError: They could not.
        """
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise RuntimeError("use Viewers as a context")
        process.stdin.write(f"{count}\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the viewers gave up")
        return json.loads(line)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        process, self._process = self._process, None
        if process is not None:
            end(process, ask=False)


class _Crowd:
    """Counts what its viewers get."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._tasks: list[asyncio.Task[None]] = []
        self._watching = 0
        self.messages = 0
        self.bytes = 0

    async def resize(self, count: int) -> None:
        """Let viewers come or go until so many get pictures."""
        for task in self._tasks[count:]:
            task.cancel()
        await asyncio.gather(*self._tasks[count:], return_exceptions=True)
        del self._tasks[count:]
        while len(self._tasks) < count:
            came = asyncio.Event()
            self._tasks.append(asyncio.create_task(self._view(came)))
            await came.wait()

    async def _view(self, came: asyncio.Event) -> None:
        async with connect(
            self._url, additional_headers=self._headers, compression=None, max_size=None
        ) as socket:
            async for message in socket:
                if isinstance(message, bytes):
                    came.set()
                    self.messages += 1
                    self.bytes += len(message)


async def _run(url: str) -> None:
    crowd = _Crowd(url, os.environ[TOKEN])
    while line := await asyncio.to_thread(sys.stdin.readline):
        before = {"frames": crowd.messages, "bytes": crowd.bytes}
        count = int(line)
        await asyncio.wait_for(crowd.resize(count), 60)
        crowd.messages = crowd.bytes = 0
        sys.stdout.write(json.dumps({"viewers": count, **before}) + "\n")
        sys.stdout.flush()
    await crowd.resize(0)


def _serve(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.live_viewers", description=__doc__)
    parser.add_argument("url")
    asyncio.run(_run(parser.parse_args(argv).url))
    return 0


if __name__ == "__main__":
    sys.exit(_serve())
