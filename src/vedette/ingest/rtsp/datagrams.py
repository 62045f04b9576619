"""A pair of UDP sockets for one track: RTP on the even port, RTCP on the next."""

import asyncio
import contextlib
import socket
from collections.abc import Callable

from vedette.base.errors import SourceLost
from vedette.ingest.rtsp.rtp import Moment
from vedette.ingest.rtsp.wire import FrameSink

_RECEIVE_BUFFER_BYTES = 2 * 1024 * 1024
_DATAGRAM_BYTES = 65_536
_BATCH = 64  # datagrams per turn, so that one camera cannot hold up the others
_ATTEMPTS = 50
_HOLE = b"\x80\x00" + bytes(10)  # an empty RTP packet opens the way through a NAT


class PortPair:
    """Receives datagrams from one camera and from nobody else."""

    def __init__(
        self,
        local_host: str,
        peer_hosts: set[str],
        moment: Moment,
        *,
        clock: Callable[[], int],
        after_read: Callable[[int], None],
        failed: Callable[[SourceLost], None],
    ) -> None:
        self._peers = peer_hosts
        self._moment = moment
        self._clock = clock
        self._after_read = after_read
        self._failed = failed
        self._buffer = bytearray(_DATAGRAM_BYTES)
        self._view = memoryview(self._buffer)
        self._loop = asyncio.get_running_loop()
        self._rtp, self._rtcp = _bind_pair(local_host)
        self._control_target: tuple[str, int] | None = None
        self.foreign = 0

    @property
    def port(self) -> int:
        """The even port."""
        return int(self._rtp.getsockname()[1])

    def listen(self, media: FrameSink, control: FrameSink) -> None:
        """Begin to receive."""
        self._loop.add_reader(self._rtp.fileno(), self._read, self._rtp, media)
        self._loop.add_reader(self._rtcp.fileno(), self._read, self._rtcp, control)

    def aim(self, host: str, ports: tuple[int, int] | None) -> None:
        """Learn where the camera sends from, and open the way back to us."""
        self._peers.add(host)
        if ports is None:
            return
        self._control_target = (host, ports[1])
        with contextlib.suppress(OSError):
            self._rtp.sendto(_HOLE, (host, ports[0]))

    def send_control(self, data: bytes) -> None:
        """Send an RTCP packet, if it is known whither."""
        if self._control_target is not None:
            with contextlib.suppress(OSError):
                self._rtcp.sendto(data, self._control_target)

    def _read(self, source: socket.socket, sink: FrameSink) -> None:
        self._moment.ns = self._clock()
        total = 0
        try:
            for _ in range(_BATCH):
                try:
                    count, peer = source.recvfrom_into(self._view)
                except OSError:
                    break
                if peer[0] not in self._peers:
                    self.foreign += 1
                    continue
                total += count
                sink(self._buffer, 0, count)
            self._after_read(total)
        except SourceLost as error:
            self._failed(error)

    def close(self) -> None:
        """Let go of the sockets; may be called twice."""
        for one in (self._rtp, self._rtcp):
            if one.fileno() >= 0:
                self._loop.remove_reader(one.fileno())
                one.close()


def _bind_pair(host: str) -> tuple[socket.socket, socket.socket]:
    """Two sockets on neighbouring ports, the first even."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(_ATTEMPTS):
        first = _udp(family)
        second = _udp(family)
        try:
            first.bind((host, 0))
            port = int(first.getsockname()[1])
            if port % 2 == 0 and port < 65_535:
                second.bind((host, port + 1))
                return first, second
        except OSError:
            pass
        first.close()
        second.close()
    raise SourceLost("no pair of UDP ports is free on this machine")


def _udp(family: socket.AddressFamily) -> socket.socket:
    one = socket.socket(family, socket.SOCK_DGRAM)
    one.setblocking(False)  # noqa: FBT003
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
    return one
