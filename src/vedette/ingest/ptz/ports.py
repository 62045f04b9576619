"""What steering asks of a camera, and of the house."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from vedette.model.camera import Camera, Credentials
from vedette.model.ptz import Preset, PtzAbilities, Velocity


class Motors(Protocol):
    """The moving parts of one camera."""

    @property
    def abilities(self) -> PtzAbilities:
        """What the camera can do, as it told when the conversation began."""
        ...

    async def move(self, velocity: Velocity, timeout_s: float) -> None:
        """Move until told otherwise, or until ``timeout_s`` have passed without a word.

        Raises:
            SourceLost: The camera did not take it.
        """
        ...

    async def stop(self) -> None:
        """Stand still on every axis.

        Raises:
            SourceLost: The camera did not take it.
        """
        ...

    async def go_home(self) -> None:
        """Go to the home position.

        Raises:
            SourceLost: The camera did not take it.
        """
        ...

    async def close(self) -> None:
        """End the conversation."""
        ...


class PresetBook(Protocol):
    """The positions that one camera remembers; every method raises SourceLost."""

    async def presets(self) -> Sequence[Preset]:
        """All of them."""
        ...

    async def go_to(self, preset: str) -> None:
        """Go to one."""
        ...

    async def keep(self, name: str, preset: str | None) -> Preset:
        """Remember where the camera looks now, in place of ``preset`` or as a new one."""
        ...

    async def forget(self, preset: str) -> None:
        """Drop one."""
        ...


class Head(Motors, PresetBook, Protocol):
    """A conversation with a camera that can be turned."""


OpenHead = Callable[[str, Credentials | None], Awaitable[Head]]
"""Begins a conversation with the ONVIF device at an address.

Raises SourceUnsupported when it has no PTZ, and the other kinds of SourceLost.
"""


class SteeredCameras(Protocol):
    """``cameras.store.CameraStore``, as much of it as steering reads."""

    async def get(self, organisation: str, camera: str) -> Camera:
        """One camera.

        Raises:
            NotFound: There is none.
        """
        ...

    async def credentials(self, organisation: str, camera: str) -> Credentials | None:
        """What it asks for.

        Raises:
            NotFound: There is none.
        """
        ...
