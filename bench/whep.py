"""One camera over WHEP (RFC 9725): H.264 passed through by aiortc, never encoded anew.

An experiment, no part of the product (``docs/decisions``). Needs aiortc, which the project does not
install: ``.venv/bin/uv pip install --python .venv/bin/python aiortc==1.16.0``. The camera is read
by Vedette's own RTSP client.

    python -m bench.whep --camera rtsp://... --host 127.0.0.1

Prints ``{"url": ...}``; ends on SIGTERM, or when its standard input closes.
"""

# aiortc is not installed with the project.
# pyright: basic, reportMissingImports=false

import argparse
import asyncio
import json
import socket
import sys
from collections.abc import Sequence
from fractions import Fraction

import av
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bench.child import Served
from vedette.ingest.ports import SOURCES, SenderReport, SourceFrame, SourceRequest
from vedette.media.h264 import parameter_sets
from vedette.media.nal import join_annexb
from vedette.model.camera import StreamSource
from vedette.model.packet import StreamFormat, TrackKind

_CLOCK = Fraction(1, 90_000)
_HISTORY_PACKETS = 1024

PAGE = """<!doctype html><body style="margin:0;background:#222">
<div class="stage"><video muted playsinline autoplay style="width:1280px"></video></div>
<script type="module">
const video = document.querySelector('video');
const peer = new RTCPeerConnection();
window.peer = peer;
const line = peer.addTransceiver('video', { direction: 'recvonly' });
// Its repetitions of lost packets ('rtx') too.
line.setCodecPreferences(
  RTCRtpReceiver.getCapabilities('video').codecs.filter(({ mimeType }) =>
    ['video/H264', 'video/rtx'].includes(mimeType)));
const inHand = Number(new URLSearchParams(location.search).get('ms'));
peer.ontrack = ({ track, receiver }) => {
  video.srcObject = new MediaStream([track]);
  if (inHand) receiver.jitterBufferTarget = inHand;
};
await peer.setLocalDescription(await peer.createOffer());
if (peer.iceGatheringState !== 'complete') {
  await new Promise((done) => {
    peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && done();
  });
}
const answer = await fetch('/whep', {
  method: 'POST',
  headers: { 'Content-Type': 'application/sdp' },
  body: peer.localDescription.sdp,
});
await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
</script>"""


class _Camera:
    """What the camera sends, as packets for aiortc; see vedette.ingest.ports.MediaReceiver."""

    def __init__(self) -> None:
        self._sets: list[bytes] = []
        self.group: list[av.Packet] = []
        self.viewers: set[asyncio.Queue[av.Packet]] = set()

    def opened(self, stream_format: StreamFormat) -> None:
        """The parameter sets go before each key frame."""
        sps, pps = parameter_sets(stream_format.video.config)
        self._sets = [*sps, *pps]

    def frame(self, frame: SourceFrame) -> None:
        """To everybody who watches."""
        if frame.track is not TrackKind.VIDEO:
            return
        units = [*self._sets, *_units(frame.payload)] if frame.key else _units(frame.payload)
        packet = av.Packet(join_annexb(units))
        packet.pts = packet.dts = frame.pts
        packet.time_base = _CLOCK
        if frame.key:
            self.group = []
        self.group.append(packet)
        for viewer in self.viewers:
            viewer.put_nowait(packet)

    def sender_report(self, report: SenderReport) -> None:
        """Not needed."""


def _units(payload: bytes) -> list[bytes]:
    units: list[bytes] = []
    at = 0
    while at < len(payload):
        size = int.from_bytes(payload[at : at + 4])
        units.append(payload[at + 4 : at + 4 + size])
        at += 4 + size
    return units


class _Whep:
    """Answers offers."""

    def __init__(self, camera: _Camera) -> None:
        self._camera = camera
        self._peers: set[object] = set()

    async def answer(self, request: Request) -> Response:
        """One viewer more."""
        from aiortc import (  # noqa: PLC0415  not installed with the project
            MediaStreamTrack,
            RTCConfiguration,
            RTCPeerConnection,
            RTCSessionDescription,
        )

        waiting: asyncio.Queue[av.Packet] = asyncio.Queue()

        class Picture(MediaStreamTrack):
            kind = "video"

            async def recv(self) -> av.Packet:
                return await waiting.get()

        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peers.add(peer)

        @peer.on("connectionstatechange")
        async def _() -> None:
            if peer.connectionState == "connected":
                for packet in self._camera.group:
                    waiting.put_nowait(packet)
                self._camera.viewers.add(waiting)
            elif peer.connectionState in {"failed", "closed", "disconnected"}:
                self._camera.viewers.discard(waiting)
                self._peers.discard(peer)
                await peer.close()

        await peer.setRemoteDescription(
            RTCSessionDescription((await request.body()).decode(), "offer")
        )
        for transceiver in peer.getTransceivers():
            transceiver.sender.replaceTrack(Picture())
            transceiver.direction = "sendonly"
        await peer.setLocalDescription(await peer.createAnswer())
        return Response(peer.localDescription.sdp, 201, media_type="application/sdp")

    async def close(self) -> None:
        """Hang up on everybody."""
        await asyncio.gather(*(peer.close() for peer in list(self._peers)))  # type: ignore[attr-defined]


class WhepProcess(Served):
    """The server in a process of its own; ``url`` is a page that plays.

    Args:
        camera: Address of the camera.
        host: Address to listen on.
    """

    def __init__(self, camera: str, host: str) -> None:
        arguments = ["--camera", camera, "--host", host]
        super().__init__("the WHEP server", "bench.whep", arguments)


async def _run(given: argparse.Namespace) -> None:
    from aiortc import rtcrtpsender  # noqa: PLC0415  as above

    # Its 128 packets are less than one key frame and a round trip.
    rtcrtpsender.RTP_HISTORY_SIZE = _HISTORY_PACKETS
    camera = _Camera()
    whep = _Whep(camera)

    async def page(_request: Request) -> Response:
        return HTMLResponse(PAGE)

    routes = [Route("/", page), Route("/whep", whep.answer, methods=["POST"])]
    source = SOURCES.load("rtsp")(SourceRequest("clock", StreamSource(given.camera)))
    with socket.create_server((given.host, 0)) as listening:
        config = uvicorn.Config(Starlette(routes=routes), log_level="warning", lifespan="off")
        print(json.dumps({"url": f"http://{given.host}:{listening.getsockname()[1]}/"}), flush=True)
        serving = asyncio.create_task(uvicorn.Server(config).serve([listening]))
        playing = asyncio.create_task(source.play(camera))
        closed = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        await asyncio.wait({serving, playing, closed}, return_when=asyncio.FIRST_COMPLETED)
        await whep.close()


def _serve(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.whep", description=__doc__)
    parser.add_argument("--camera", required=True, help="RTSP address")
    parser.add_argument("--host", default="127.0.0.1")
    asyncio.run(_run(parser.parse_args(argv)))
    return 0


if __name__ == "__main__":
    sys.exit(_serve())
