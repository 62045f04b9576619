"""Keeps ingest and record in step with the cameras that people added.

The command line and other processes change cameras in the database; a look every two seconds finds
that. A message on the bus only makes it quicker.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from vedette.base.errors import VedetteError
from vedette.bus import Bus
from vedette.bus.topics import CAMERA_CHANGED, CameraChanged
from vedette.cameras.store import CameraStore
from vedette.model.camera import Camera, Credentials

_log = structlog.get_logger(__name__)
_LOOK_EVERY_S = 2.0


class CameraUser(Protocol):
    """Whoever works with cameras: the wiring joins ingest and record to it."""

    async def put(self, camera: Camera, credentials: Credentials | None) -> None:
        """Begin with a camera, or take its new settings."""
        ...

    async def remove(self, camera: Camera) -> None:
        """Let go of a camera."""
        ...


@dataclass(frozen=True, slots=True)
class _Known:
    """What the user was told.

    Attributes:
        mark: Of the credentials; None when they could not be opened and want another try.
    """

    camera: Camera
    credentials: Credentials | None
    mark: str | None


class Roster:
    """Tells a ``CameraUser`` which cameras there are."""

    def __init__(
        self,
        store: CameraStore,
        user: CameraUser,
        bus: Bus,
        mine: Callable[[Camera], bool] = lambda _: True,
    ) -> None:
        self._store = store
        self._user = user
        self._mine = mine
        self._known: dict[str, _Known] = {}
        self._changed = asyncio.Event()
        self._subscription = bus.subscribe(CAMERA_CHANGED, self._notice)

    def _notice(self, _message: CameraChanged) -> None:
        self._changed.set()

    async def look(self) -> None:
        """Bring the user up to date once."""
        found: dict[str, tuple[Camera, str]] = {}
        for organisation in await self._store.organisations():
            cameras = await self._store.list(organisation)
            marks = await self._store.credential_marks(organisation)
            for camera in cameras:
                if self._mine(camera):
                    found[camera.id] = camera, marks.get(camera.id, "")
        for identifier in self._known.keys() - found.keys():
            await self._user.remove(self._known.pop(identifier).camera)
        for camera, mark in found.values():
            known = self._known.get(camera.id)
            if known is None or (known.camera, known.mark) != (camera, mark):
                await self._tell(known, camera, mark)

    async def _tell(self, known: _Known | None, camera: Camera, mark: str) -> None:
        """Open what has a new mark only; most looks find nothing new, whatever the number."""
        if not mark:
            now = _Known(camera, None, mark)
        elif known is not None and known.mark == mark:
            now = _Known(camera, known.credentials, mark)
        else:
            now = await self._opened(camera, mark)
        if known is None or (known.camera, known.credentials) != (camera, now.credentials):
            await self._user.put(camera, now.credentials)
        self._known[camera.id] = now

    async def _opened(self, camera: Camera, mark: str) -> _Known:
        try:
            credentials = await self._store.credentials(camera.organisation, camera.id)
        except VedetteError as error:
            # The camera will refuse us and say so on its tile; the others must not wait for it.
            _log.error("roster.credentials", camera=camera.name, problem=str(error))
            return _Known(camera, None, None)
        return _Known(camera, credentials, mark)

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            try:
                await self.look()
            except VedetteError as error:
                _log.error("roster.look_failed", problem=str(error))
            try:
                await asyncio.wait_for(self._changed.wait(), _LOOK_EVERY_S)
            except TimeoutError:
                continue
            self._changed.clear()

    def close(self) -> None:
        """Stop listening to the bus."""
        self._subscription.cancel()
