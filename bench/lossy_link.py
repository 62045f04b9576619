"""A link that delays and loses packets, between two network namespaces of this machine.

The kernel's ``netem`` on a veth pair does it where the kernel has it. Where it has not, two TUN
devices take its place: a process of its own carries each packet from one to the other, late, or not
at all. Both are packets of the kernel's own TCP and UDP; neither reaches any network.

    python -m bench.lossy_link --far PID    (the carrier by itself; orders on standard input)
"""

import argparse
import contextlib
import ctypes
import fcntl
import json
import os
import random
import select
import shutil
import stat
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

NEAR, FAR = "198.18.0.1", "198.18.0.2"
"""Of the block for benchmarks of networks, RFC 2544."""
_NEAR_DEVICE, _FAR_DEVICE = "vednear", "vedfar"
_TUNSETIFF = 0x400454CA
_TUN_WITHOUT_HEADER = 0x0001 | 0x1000
_MTU = 1500
_QUEUE = 10_000
_MOST_AT_ONCE = 64
_START_S = 10.0
_CLONE_NEWNET = 0x40000000


class NoLink(Exception):
    """The machine cannot make such a link; the text says why."""


def enter_own_network() -> None:
    """Move this process and what it starts into a network namespace with nothing but loopback.

    Raises:
        NoLink: Not allowed, or not Linux.
    """
    missing = [name for name in ("ip", "unshare", "nsenter") if not shutil.which(name)]
    if sys.platform != "linux" or missing:
        raise NoLink(f"it takes Linux with {', '.join(missing) or 'network namespaces'}")
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(_CLONE_NEWNET) != 0:
        raise NoLink(f"network namespaces: {os.strerror(ctypes.get_errno())}; run as root")
    _ip("link", "set", "lo", "up")


def _ip(*arguments: str, far: int | None = None) -> None:
    inside = ["nsenter", f"--net=/proc/{far}/ns/net"] if far else []
    done = subprocess.run([*inside, "ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoLink(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


class LossyLink:
    """From this network namespace to a far one; enter after ``enter_own_network``.

    Args:
        delay_ms: Of each packet to the far end; answers come back without, so this is the
            round trip too, as with ``netem`` on the sender's device.
        loss: Share of packets that never arrive, each way, each by its own throw of the dice.
        congestion: How TCP answers loss, whatever the sender asks; empty lets it choose.

    Attributes:
        made_by: How the link came about, for the results.
    """

    def __init__(self, delay_ms: float, loss: float, congestion: str = "") -> None:
        self._delay_ms = delay_ms
        self._loss = loss
        self._congestion = congestion
        self._holder: subprocess.Popen[bytes] | None = None
        self._carrier: subprocess.Popen[str] | None = None
        self._script: Path | None = None
        self.made_by = ""

    @property
    def far(self) -> int:
        """A process in the far namespace.

        Raises:
            NoLink: Not entered.
        """
        if self._holder is None:
            raise NoLink("use LossyLink as a context")
        return self._holder.pid

    def beyond(self, command: Sequence[str]) -> list[str]:
        """A command as it is run at the far end."""
        return ["nsenter", f"--net=/proc/{self.far}/ns/net", *command]

    def program_beyond(self, program: str, folder: Path) -> str:
        """A program file that runs another at the far end, for those who take only a path."""
        script = folder / "beyond"
        script.write_text(f'#!/bin/sh\nexec nsenter --net=/proc/{self.far}/ns/net {program} "$@"\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        return str(script)

    def set(self, delay_ms: float, loss: float) -> None:
        """Change the link from now on."""
        self._delay_ms, self._loss = delay_ms, loss
        if self._carrier is None:
            self._netem("change")
        else:
            self._order()

    def __enter__(self) -> Self:
        ours = Path("/proc/self/ns/net").readlink()
        self._holder = holder = subprocess.Popen(["unshare", "-n", "sleep", "infinity"])
        deadline = time.monotonic() + _START_S
        theirs = Path(f"/proc/{holder.pid}/ns/net")
        while theirs.readlink() == ours:
            if time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise NoLink("no second network namespace came about")
            time.sleep(0.01)
        try:
            self._connect()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in (self._carrier, self._holder):
            if process is not None:
                process.kill()
                process.wait()
        self._carrier = self._holder = None

    def _connect(self) -> None:
        far = self.far
        peer = ("peer", "name", _FAR_DEVICE, "netns", str(far))
        _ip("link", "add", _NEAR_DEVICE, "type", "veth", *peer)
        try:
            self._netem("add")
            self.made_by = "netem on a veth pair"
        except NoLink as error:
            _ip("link", "del", _NEAR_DEVICE)
            self._carry()
            self.made_by = f"a process between two TUN devices, since netem cannot: {error}"
        for device, address, inside in ((_NEAR_DEVICE, NEAR, None), (_FAR_DEVICE, FAR, far)):
            _ip("link", "set", device, "mtu", str(_MTU), "txqueuelen", str(_QUEUE), far=inside)
            _ip("addr", "add", f"{address}/30", "dev", device, far=inside)
            _ip("link", "set", device, "up", far=inside)
        _ip("link", "set", "lo", "up", far=far)
        if self._congestion:
            route = ("198.18.0.0/30", "dev", _NEAR_DEVICE, "src", NEAR)
            _ip("route", "replace", *route, "congctl", self._congestion)

    def _netem(self, verb: str) -> None:
        rules = ("loss", f"{self._loss:.3%}", "limit", str(_QUEUE))
        ends = ((_NEAR_DEVICE, f"{self._delay_ms}ms", None), (_FAR_DEVICE, "0ms", self.far))
        for device, delay, far in ends:
            words = ["tc", "qdisc", verb, "dev", device, "root", "netem", "delay", delay, *rules]
            command = self.beyond(words) if far else words
            if not shutil.which("tc"):
                raise NoLink("there is no tc; install iproute2")
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise NoLink(done.stderr.strip().replace("Error: ", "").rstrip("."))

    def _carry(self) -> None:
        command = [sys.executable, "-m", "bench.lossy_link", "--far", str(self.far)]
        self._carrier = process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        answer = process.stdout.readline() if process.stdout else ""
        if answer.strip() != "ready":
            raise NoLink(f"TUN devices: {answer.strip() or 'cannot be made'}")
        self._order()

    def _order(self) -> None:
        carrier = self._carrier
        if carrier is None or carrier.stdin is None:
            raise NoLink("nothing carries packets")
        carrier.stdin.write(json.dumps([self._delay_ms / 1000, self._loss]) + "\n")
        carrier.stdin.flush()


def _tun(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _TUN_WITHOUT_HEADER))
    return device


class Road:
    """What becomes of each packet; pure.

    Attributes:
        delay_s: Of packets to the far end.
        loss: Share of packets that are lost, each way.
    """

    def __init__(self, seed: int) -> None:
        self.delay_s = self.loss = 0.0
        self._dice = random.Random(seed)  # noqa: S311  repeatable on purpose
        self._under_way: deque[tuple[float, bytes]] = deque()

    def enter(self, packet: bytes, now_s: float, *, outward: bool) -> bytes | None:
        """Take a packet in; gives it back when it arrives at once."""
        if self._dice.random() < self.loss:
            return None
        if not outward or not self.delay_s:
            return packet
        self._under_way.append((now_s + self.delay_s, packet))
        return None

    def arrived(self, now_s: float) -> list[bytes]:
        """What has arrived at the far end by now, in order."""
        come: list[bytes] = []
        while self._under_way and self._under_way[0][0] <= now_s:
            come.append(self._under_way.popleft()[1])
        return come

    def pause(self, now_s: float) -> float | None:
        """Seconds until the next one arrives; None when nothing is under way."""
        return max(0.0, self._under_way[0][0] - now_s) if self._under_way else None


class _Carrier:
    """Moves packets between two devices until its standard input closes."""

    def __init__(self, near: int, far: int, seed: int) -> None:
        self._near, self._far = near, far
        self._road = Road(seed)

    def run(self) -> None:
        orders = sys.stdin.fileno()
        while True:
            pause = self._road.pause(time.monotonic())
            ready, _, _ = select.select([self._near, self._far, orders], [], [], pause)
            for end in ready:
                if end != orders:
                    self._take(end)
                elif words := os.read(orders, 65536):
                    self._road.delay_s, self._road.loss = json.loads(words.splitlines()[-1])
                else:
                    return
            for packet in self._road.arrived(time.monotonic()):
                self._give(self._far, packet)

    def _take(self, end: int) -> None:
        outward = end == self._near
        for _ in range(_MOST_AT_ONCE):
            try:
                packet = os.read(end, 65536)
            except BlockingIOError:
                return
            if self._road.enter(packet, time.monotonic(), outward=outward):
                self._give(self._far if outward else self._near, packet)

    @staticmethod
    def _give(end: int, packet: bytes) -> None:
        with contextlib.suppress(OSError):  # a device that is not up yet takes nothing
            os.write(end, packet)


def _serve(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.lossy_link", description=__doc__)
    parser.add_argument("--far", type=int, required=True, help="a process in the far namespace")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args(argv)
    try:
        near, far = _tun(_NEAR_DEVICE), _tun(_FAR_DEVICE)
        _ip("link", "set", _FAR_DEVICE, "netns", str(given.far))
    except (OSError, NoLink) as error:
        print(error, flush=True)
        return 1
    print("ready", flush=True)
    _Carrier(near, far, given.seed).run()
    return 0


if __name__ == "__main__":
    sys.exit(_serve())
