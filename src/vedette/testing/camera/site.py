"""Whole cameras and whole sites, as tests and the demo want them."""

import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from vedette.base.clock import Clock
from vedette.base.errors import BadRequest
from vedette.testing.camera.clip import Clip
from vedette.testing.camera.faults import Faults
from vedette.testing.camera.feed import ClipFeed, Feed
from vedette.testing.camera.mounts import Mount, ServerSettings
from vedette.testing.camera.server import RtspServer
from vedette.testing.camera.session import ClientAccount


def _feed(source: Clip | Feed) -> Feed:
    return ClipFeed(source) if isinstance(source, Clip) else source


class CameraAt:
    """One camera of a server.

    Attributes:
        name: Of the camera; its mounts are ``name/main`` and ``name/sub``.
        faults: May be changed at any time; they hold for both streams.
        main: The main stream.
        sub: The sub stream; None when the camera has none.
    """

    def __init__(self, server: RtspServer, name: str, main: Mount, sub: Mount | None) -> None:
        self.name = name
        self.faults = main.faults
        self.main = main
        self.sub = sub
        self._server = server

    @property
    def url(self) -> str:
        """Address of the main stream, without credentials."""
        return self._server.url(f"{self.name}/main")

    @property
    def sub_url(self) -> str:
        """Address of the sub stream, without credentials.

        Raises:
            BadRequest: The camera has none.
        """
        if self.sub is None:
            raise BadRequest(f"simulated camera {self.name} has no sub stream")
        return self._server.url(f"{self.name}/sub")

    @property
    def clients(self) -> list[ClientAccount]:
        """Everyone who ever played the main stream, in order."""
        return self.main.clients

    async def disconnect(self) -> None:
        """Cut the lines of everyone who plays it now."""
        await self._server.disconnect(self.main)
        if self.sub is not None:
            await self._server.disconnect(self.sub)

    def switch(self, source: Clip) -> None:
        """Play another clip on the main stream from the next frame on, on the same lines.

        Raises:
            BadRequest: The camera does not play a clip.
        """
        if not isinstance(self.main.feed, ClipFeed):
            raise BadRequest(f"simulated camera {self.name} plays no clip that could be replaced")
        self.main.feed.clip = source


class SimulatedSite:
    """Many cameras on one port: ``async with SimulatedSite({"gate": clip}) as site``.

    Args:
        cameras: By name: a clip or feed, or a pair of them for main and sub.
        settings: See ServerSettings.
        clock: Paces the frames; the computer's by default.
        port: 0 takes a free one.
        tls: Speaks ``rtsps`` when given.
    """

    def __init__(
        self,
        cameras: Mapping[str, Clip | Feed | tuple[Clip | Feed, Clip | Feed]],
        settings: ServerSettings | None = None,
        *,
        clock: Clock | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.server = RtspServer(
            {}, settings or ServerSettings(), clock=clock, host=host, port=port, tls=tls
        )
        self.cameras: dict[str, CameraAt] = {}
        for name, source in cameras.items():
            self.add(name, source)

    def add(self, name: str, source: Clip | Feed | tuple[Clip | Feed, Clip | Feed]) -> CameraAt:
        """One more camera; may be called while the site runs."""
        main_source, sub_source = source if isinstance(source, tuple) else (source, None)
        faults = Faults()
        main = Mount(_feed(main_source), faults)
        sub = Mount(_feed(sub_source), faults) if sub_source is not None else None
        self.server.mounts[f"{name}/main"] = main
        if sub is not None:
            self.server.mounts[f"{name}/sub"] = sub
        camera = CameraAt(self.server, name, main, sub)
        self.cameras[name] = camera
        return camera

    async def __aenter__(self) -> Self:
        await self.server.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.server.stop()


class SimulatedCamera(CameraAt):
    """One camera on a port of its own: ``async with SimulatedCamera(clip) as camera``.

    Args:
        source: Main stream.
        sub: Sub stream.
        settings: See ServerSettings.
        clock: Paces the frames; the computer's by default.
        port: 0 takes a free one.
        tls: Speaks ``rtsps`` when given.
    """

    def __init__(
        self,
        source: Clip | Feed,
        sub: Clip | Feed | None = None,
        settings: ServerSettings | None = None,
        *,
        clock: Clock | None = None,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        both = source if sub is None else (source, sub)
        self._site = SimulatedSite({}, settings, clock=clock, port=port, tls=tls)
        camera = self._site.add("camera", both)
        super().__init__(self._site.server, "camera", camera.main, camera.sub)

    async def start(self) -> None:
        """Begin to listen; on the same port as before when it was stopped."""
        await self._server.start()

    async def stop(self) -> None:
        """Be switched off; ``start`` switches it on again."""
        await self._server.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
