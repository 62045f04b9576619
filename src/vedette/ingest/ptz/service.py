"""Who steers which camera, over one conversation per camera."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog

from vedette.base.clock import Clock
from vedette.base.errors import Conflict, Refused, SourceLost
from vedette.bus import Bus
from vedette.bus.topics import (
    CAMERA_CHANGED,
    CAMERA_STEERED,
    CameraChanged,
    CameraSteered,
)
from vedette.ingest.ptz import entries
from vedette.ingest.ptz.plan import LEASE_NS, may_steer, velocity_for
from vedette.ingest.ptz.ports import Head, OpenHead, SteeredCameras
from vedette.ingest.ptz.turning import DEAD_MAN_NS, Turning
from vedette.journal import Journal
from vedette.model.event import Event
from vedette.model.ptz import Hold, Preset, PtzAbilities, Steersman, Velocity, Wish

_log = structlog.get_logger(__name__)

_MOST_HEADS = 64
_MOST_WHEELS = 16
_MOST_NEWS = 16
Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class PtzView:
    """What there is to steer.

    Attributes:
        abilities: What the camera can do.
        presets: What it remembers.
        held_by: Who has it in hand; None when it is free.
    """

    abilities: PtzAbilities
    presets: Sequence[Preset]
    held_by: Steersman | None


@dataclass(frozen=True, slots=True)
class Held:
    """The camera changed hands; None when it is free."""

    by: Steersman | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A wish was not followed, and why."""

    detail: str


WheelNews = Held | Trouble


class Wheel:
    """One person's hand on one camera; made by ``Steering.join``."""

    def __init__(self, steering: "Steering", camera: "_Steered", steersman: Steersman) -> None:
        self.steersman = steersman
        self._steering = steering
        self._camera = camera
        self._news: deque[WheelNews] = deque(maxlen=_MOST_NEWS)
        self._filled = asyncio.Event()

    def tell(self, news: WheelNews) -> None:
        """Something that the person must know."""
        self._news.append(news)
        self._filled.set()

    async def next(self) -> WheelNews:
        """The next thing to know, waiting for it."""
        while not self._news:
            self._filled.clear()
            await self._filled.wait()
        return self._news.popleft()

    async def move(self, wish: Wish, *, take: bool = False) -> None:
        """Move for half a second from now; say it again to go on.

        Args:
            wish: How.
            take: Whether to take the camera from somebody else of the same rank.
        """
        await self._steering.move(self._camera, self, wish, take=take)

    def stop(self) -> None:
        """Stand still, if it is this person who moves the camera; returns at once."""
        self._steering.stop(self._camera, self.steersman)

    async def leave(self) -> None:
        """Let go: the camera stops and is free for others."""
        await self._steering.leave(self._camera, self)


@dataclass(slots=True)
class _Steered:
    """One camera; its head is opened when somebody first wants it."""

    organisation: str
    camera: str
    head: Head | None = None
    turning: Turning | None = None
    hold: Hold | None = None
    entry: Event | None = None
    keeping: asyncio.Lock = field(default_factory=asyncio.Lock)
    wheels: list[Wheel] = field(default_factory=list[Wheel])
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    releasing: asyncio.Task[None] | None = None


class Steering:
    """Every camera that is steered.

    Args:
        cameras: Addresses and credentials.
        bus: Tells everyone who steers, and us which cameras changed.
        clock: For leases and the dead man's handle.
        open_head: Begins a conversation.
        journal: Keeps who had which camera in hand, from when to when.
    """

    def __init__(
        self,
        cameras: SteeredCameras,
        bus: Bus,
        clock: Clock,
        open_head: OpenHead,
        journal: Journal,
    ) -> None:
        self._cameras = cameras
        self._bus = bus
        self._clock = clock
        self._open_head = open_head
        self._journal = journal
        self._steered: OrderedDict[tuple[str, str], _Steered] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()
        self._subscription = bus.subscribe(CAMERA_CHANGED, self._on_change)

    async def view(self, organisation: str, camera: str) -> PtzView:
        """What the camera can do and remembers, and who holds it.

        Raises:
            NotFound: There is no such camera.
            Conflict: It was added without its ONVIF address.
            SourceUnsupported: It cannot be turned.
            SourceLost: It does not answer, or refused.
        """
        one = await self._known(organisation, camera)
        head = await self._opened(one)
        presets = await self._say(one, head.presets())
        return PtzView(head.abilities, presets, one.hold.by if one.hold else None)

    async def join(self, organisation: str, camera: str, steersman: Steersman) -> Wheel:
        """Put a hand on a camera; its ``leave`` must be awaited.

        Raises:
            NotFound: There is no such camera.
            Refused: Too many hands are on it already.
        """
        one = await self._known(organisation, camera)
        if len(one.wheels) >= _MOST_WHEELS:
            raise Refused("too many people have the controls of this camera open; close some")
        wheel = Wheel(self, one, steersman)
        one.wheels.append(wheel)
        wheel.tell(Held(one.hold.by if one.hold else None))
        return wheel

    async def go_to(
        self, organisation: str, camera: str, steersman: Steersman, preset: str | None
    ) -> None:
        """Go to a preset, or home when None.

        Raises:
            NotFound: There is no such camera.
            Conflict: Somebody else is steering it, or it was added without its ONVIF address.
            SourceLost: It does not answer, or refused.
        """
        one = await self._known(organisation, camera)
        head = await self._opened(one)
        self._grab(one, steersman)
        if one.turning is not None:
            await one.turning.stand()
        await self._say(one, head.go_home() if preset is None else head.go_to(preset))

    async def keep(
        self, organisation: str, camera: str, name: str, preset: str | None = None
    ) -> Preset:
        """Remember where the camera looks now, as a new preset or in place of one.

        Raises:
            NotFound: There is no such camera.
            Conflict: It was added without its ONVIF address.
            SourceLost: It does not answer, or refused.
        """
        one = await self._known(organisation, camera)
        head = await self._opened(one)
        return await self._say(one, head.keep(name, preset))

    async def forget(self, organisation: str, camera: str, preset: str) -> None:
        """Drop a preset.

        Raises:
            NotFound: There is no such camera.
            Conflict: It was added without its ONVIF address.
            SourceLost: It does not answer, or refused.
        """
        one = await self._known(organisation, camera)
        head = await self._opened(one)
        await self._say(one, head.forget(preset))

    async def move(self, one: _Steered, wheel: Wheel, wish: Wish, *, take: bool) -> None:
        """See Wheel.move."""
        begun_ns = self._clock.monotonic_ns()
        try:
            head = await self._opened(one)
            self._grab(one, wheel.steersman, take=take)
        except (Conflict, SourceLost) as error:
            wheel.tell(Trouble(str(error)))
            return
        # A wish from before a slow beginning is not what the hand does now.
        fresh = self._clock.monotonic_ns() - begun_ns < DEAD_MAN_NS
        if one.turning is not None and fresh:
            one.turning.want(velocity_for(wish, head.abilities))

    def stop(self, one: _Steered, steersman: Steersman) -> None:
        """See Wheel.stop."""
        if one.turning is not None and _holds(one, steersman):
            one.turning.want(Velocity())

    async def leave(self, one: _Steered, wheel: Wheel) -> None:
        """See Wheel.leave."""
        if wheel in one.wheels:
            one.wheels.remove(wheel)
        person = wheel.steersman.person
        if any(other.steersman.person == person for other in one.wheels):
            return
        if _holds(one, wheel.steersman):
            if one.turning is not None:
                await one.turning.stand()
            self._hand(one, None)

    async def close(self) -> None:
        """Stop every camera and end every conversation."""
        self._subscription.cancel()
        for one in self._steered.values():
            if one.releasing is not None:
                one.releasing.cancel()
        await asyncio.gather(*(self._drop(one) for one in self._steered.values()))
        for one in self._steered.values():
            if one.hold is not None:
                self._hand(one, None)
        await asyncio.gather(*self._closing, return_exceptions=True)

    async def _known(self, organisation: str, camera: str) -> _Steered:
        await self._cameras.get(organisation, camera)
        key = organisation, camera
        one = self._steered.get(key)
        if one is None:
            one = self._steered[key] = _Steered(organisation, camera)
            self._make_room()
        self._steered.move_to_end(key)
        return one

    def _make_room(self) -> None:
        while len(self._steered) > _MOST_HEADS:
            idle = next((key for key, one in self._steered.items() if not one.wheels), None)
            if idle is None:
                break
            self._later(self._drop(self._steered.pop(idle)))

    async def _opened(self, one: _Steered) -> Head:
        async with one.opening:
            if one.head is not None:
                return one.head
            camera = await self._cameras.get(one.organisation, one.camera)
            if not camera.onvif_address:
                raise Conflict(
                    "the camera was added without its ONVIF address; add that on its settings page "
                    "if it can turn"
                )
            credentials = await self._cameras.credentials(one.organisation, one.camera)
            head = await self._open_head(camera.onvif_address, credentials)
            one.head = head
            one.turning = Turning(head, self._clock, lambda error: self._trouble(one, error))
            return head

    async def _say(self, one: _Steered, saying: Awaitable[Said]) -> Said:
        try:
            return await saying
        except SourceLost:
            await self._drop(one)
            raise

    def _trouble(self, one: _Steered, error: SourceLost) -> None:
        for wheel in one.wheels:
            wheel.tell(Trouble(str(error)))
        self._later(self._drop(one))

    async def _drop(self, one: _Steered) -> None:
        """End the conversation; the next command begins another."""
        head, turning, one.head, one.turning = one.head, one.turning, None, None
        if turning is not None:
            await turning.stand()
        if head is not None:
            await head.close()

    def _grab(self, one: _Steered, steersman: Steersman, *, take: bool = False) -> None:
        now_ns = self._clock.monotonic_ns()
        if not may_steer(one.hold, steersman, now_ns, take=take):
            name = one.hold.by.name if one.hold else "somebody"
            raise Conflict(f"{name} is steering this camera; wait a moment, or take it over")
        changed = one.hold is None or one.hold.by.person != steersman.person
        hold = Hold(steersman, now_ns + LEASE_NS)
        if changed:
            self._hand(one, hold)
        one.hold = hold
        if one.releasing is None or one.releasing.done():
            one.releasing = asyncio.create_task(self._release(one), name="ptz lease")

    async def _release(self, one: _Steered) -> None:
        while one.hold is not None:
            left_ns = one.hold.until_ns - self._clock.monotonic_ns()
            if left_ns <= 0:
                self._hand(one, None)
                return
            await self._clock.sleep(left_ns / 1e9)

    def _hand(self, one: _Steered, hold: Hold | None) -> None:
        one.hold = hold
        by = hold.by if hold else None
        for wheel in one.wheels:
            wheel.tell(Held(by))
        self._note(one, by)
        name = by.name if by else ""
        self._bus.publish(CAMERA_STEERED, CameraSteered(one.organisation, one.camera, name))

    def _note(self, one: _Steered, by: Steersman | None) -> None:
        """Have the log say that a camera changed hands; nobody's hand waits for it."""
        events: list[Event] = []
        if one.entry is not None:
            events.append(entries.ended(self._clock, one.entry, by))
        one.entry = entries.began(self._clock, one.organisation, one.camera, by) if by else None
        if one.entry is not None:
            events.append(one.entry)
        self._later(self._keep(one, events))

    async def _keep(self, one: _Steered, events: Sequence[Event]) -> None:
        async with one.keeping:  # in the order in which it happened
            try:
                await self._journal.append(one.organisation, events)
            except Exception:  # noqa: BLE001  whatever it is, the camera must still stop
                _log.exception("ptz.not_kept", camera=one.camera)

    def _on_change(self, changed: CameraChanged) -> None:
        one = self._steered.get((changed.organisation, changed.camera))
        if one is not None:
            self._later(self._drop(one))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _holds(one: _Steered, steersman: Steersman) -> bool:
    return one.hold is not None and one.hold.by.person == steersman.person
