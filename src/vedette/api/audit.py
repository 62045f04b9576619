"""Who did what, kept in the event log before the answer leaves.

Every change that somebody asks for and every refusal is kept by the middleware here, so that a new
route is in the log from its first day. Who saw which footage is told by the routes that give it
away, and put together: the first sight is kept at once, what follows within a minute as one.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from typing import cast
from weakref import WeakValueDictionary

import structlog
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vedette.api import problems
from vedette.api.audit_kinds import KINDS, QUIET
from vedette.api.rights_table import ADMINISTRATORS, RULES, WORDS
from vedette.base.clock import Clock
from vedette.base.ids import new_id
from vedette.base.units import US_PER_S
from vedette.bus import Bus
from vedette.bus.topics import SHARE_USED, ShareUsed
from vedette.journal import Journal
from vedette.model.event import Actor, Event, Evidence, Outcome, Scalar, Visibility
from vedette.model.person import Identity

_log = structlog.get_logger(__name__)

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
QUIET_US = 60 * US_PER_S
"""Sights of the same thing this close together are one."""
LONGEST_US = 15 * 60 * US_PER_S
"""A sight that goes on is kept at least so often."""
MOST_SIGHTS = 10_000
"""Sights that are being put together at once; beyond it each is kept alone."""
_SWEEP_S = 5.0


def actor_of(who: Identity, connection: HTTPConnection | None = None) -> Actor:
    """Who is asking, as the log names people."""
    address = connection.client.host if connection is not None and connection.client else ""
    return Actor(who.person, who.name, who.how, who.credential, address)


def note(connection: HTTPConnection, **facts: Scalar) -> None:
    """Add facts to what the log will say of the request that is being answered."""
    held = cast("dict[str, Scalar]", connection.scope["state"].setdefault("facts", {}))
    held.update(facts)


def reason_of(connection: HTTPConnection) -> dict[str, Scalar]:
    """The reason that was given for what is being answered, as a fact for the log."""
    facts = cast("dict[str, Scalar]", connection.scope["state"].get("facts", {}))
    return {"reason": facts["reason"]} if "reason" in facts else {}


@dataclass(slots=True)
class _Sight:
    first: Event
    seen_us: int
    start_us: int
    end_us: int
    opened: int = 0
    grown: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody was shown.

    Attributes:
        camera: Identifier.
        mode: ``live``, ``replay``, ``picture`` or ``thumbnails``.
        start_us: First instant shown.
        end_us: End of what was shown, excluded.
        role: Of the stream.
        share: The share through which it was seen, or empty.
        told: What else the log should say, such as the name of another organisation's camera.
    """

    camera: str
    mode: str
    start_us: int
    end_us: int
    role: str = "main"
    share: str = ""
    told: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])


_Key = tuple[str, ...]


def _key(organisation: str, actor: Actor, seen: Seen) -> _Key:
    """What makes two sights one: everything but when it was."""
    why = str(seen.told.get("reason", ""))
    return (organisation, actor.credential, seen.camera, seen.mode, seen.role, seen.share, why)


@dataclass
class AuditTrail:
    """Writes to the event log what people do through the API.

    Args:
        journal: The log.
        clock: Of the entries.
        bus: Told who looks through shares.
    """

    journal: Journal
    clock: Clock
    bus: Bus
    _sights: dict[_Key, _Sight] = field(default_factory=dict[_Key, _Sight])
    _taken: dict[_Key, int] = field(default_factory=dict[_Key, int])
    _turns: WeakValueDictionary[_Key, asyncio.Lock] = field(
        default_factory=WeakValueDictionary[_Key, asyncio.Lock]
    )

    async def keep(
        self,
        organisation: str,
        kind: str,
        actor: Actor,
        text: str,
        *,
        subject: str = "",
        outcome: Outcome = Outcome.DONE,
        **data: Scalar,
    ) -> Event:
        """Write one event; it is safe when this returns."""
        now_us = self.clock.wall_us()
        event = Event(
            id=new_id(self.clock),
            organisation=organisation,
            kind=kind,
            observed_us=now_us,
            received_us=now_us,
            source="api",
            subject=subject,
            actor=actor,
            outcome=outcome,
            text=text,
            data=data,
            visibility=Visibility.AUDITORS,
        )
        await self.journal.append(organisation, [event])
        return event

    async def keep_taking(
        self, organisation: str, actor: Actor, text: str, *, subject: str, file: str
    ) -> None:
        """Somebody is about to be sent a file, or a part of it: one entry for each minute.

        Whatever range is asked for, for all the parts together may be the whole file.
        """
        now_us = self.clock.wall_us()
        key = (organisation, actor.credential, subject, file)
        if now_us - self._taken.get(key, -QUIET_US) < QUIET_US:
            return
        await self.keep(organisation, "export.fetched", actor, text, subject=subject, file=file)
        if key in self._taken or len(self._taken) < MOST_SIGHTS:
            self._taken[key] = now_us

    async def saw(self, organisation: str, actor: Actor, seen: Seen) -> None:
        """Somebody is about to be shown footage; the first sight is kept before it is given."""
        key = _key(organisation, actor, seen)
        now_us = self.clock.wall_us()
        # Requests that begin together must wait for the one entry that all of them stand on.
        async with self._turns.setdefault(key, asyncio.Lock()):
            sight = self._sights.get(key)
            if sight is not None and now_us - sight.seen_us < QUIET_US:
                _grow(sight, seen, now_us)
                return
            if sight is not None:
                await self._finish(key)
            first = _sight_event(self.clock, organisation, actor, seen)
            await self.journal.append(organisation, [first])
            if len(self._sights) < MOST_SIGHTS:
                self._sights[key] = _Sight(first, now_us, seen.start_us, seen.end_us)
            self._say_used(first)

    def watching(self, organisation: str, actor: Actor, seen: Seen, by: int) -> None:
        """A live picture opened (1) or closed (-1); while one is open the sight goes on."""
        sight = self._sights.get(_key(organisation, actor, seen))
        if sight is not None:
            sight.opened = max(0, sight.opened + by)
            sight.seen_us = sight.end_us = self.clock.wall_us()
            sight.grown = True
            self._say_used(sight.first)

    def _say_used(self, event: Event) -> None:
        """For the page on which an owner sees who looks."""
        share = event.data.get("share")
        if isinstance(share, str):
            self.bus.publish(SHARE_USED, ShareUsed(event.organisation, share))

    def going_on(self) -> frozenset[str]:
        """Identifiers of the first sights of live pictures that are open now."""
        return frozenset(one.first.id for one in self._sights.values() if one.opened)

    async def run(self) -> None:
        """Keep what was seen once it is over; runs until cancelled."""
        while True:
            await self.clock.sleep(_SWEEP_S)
            await self.sweep()

    async def sweep(self, *, everything: bool = False) -> None:
        """Keep the sights that are over, or all of them."""
        now_us = self.clock.wall_us()
        self._taken = {key: us for key, us in self._taken.items() if now_us - us < QUIET_US}
        for key, sight in list(self._sights.items()):
            if sight.opened:
                sight.seen_us = sight.end_us = now_us
            over = now_us - sight.seen_us >= QUIET_US
            if everything or over or now_us - sight.first.observed_us >= LONGEST_US:
                try:
                    await self._finish(key)
                except Exception:  # noqa: BLE001  whatever it is, the log must go on
                    # The first sight is in the log; its length is tried again at the next sweep.
                    _log.exception("audit.not_kept", event=sight.first.id)
                    return

    async def _finish(self, key: _Key) -> None:
        sight = self._sights[key]
        if sight.grown:
            now_us = self.clock.wall_us()
            event = replace(
                sight.first,
                id=new_id(self.clock),
                observed_us=now_us,
                received_us=now_us,
                kind="footage.seen_until",
                correlation=sight.first.id,
                data=sight.first.data | {"start_us": sight.start_us, "end_us": sight.end_us},
                evidence=tuple(
                    replace(one, start_us=sight.start_us, end_us=sight.end_us)
                    for one in sight.first.evidence
                ),
            )
            await self.journal.append(event.organisation, [event])
            self._say_used(event)
        if sight.opened:
            # Goes on under the same first sight.
            now_us = self.clock.wall_us()
            sight.first = replace(sight.first, observed_us=now_us)
            sight.start_us, sight.grown = now_us, False
        else:
            self._sights.pop(key, None)


def _grow(sight: _Sight, seen: Seen, now_us: int) -> None:
    sight.seen_us = now_us
    if seen.start_us < sight.start_us or seen.end_us > sight.end_us:
        sight.grown = True
        sight.start_us = min(sight.start_us, seen.start_us)
        sight.end_us = max(sight.end_us, seen.end_us)


def _sight_event(clock: Clock, organisation: str, actor: Actor, seen: Seen) -> Event:
    now_us = clock.wall_us()
    data: dict[str, Scalar] = {
        "mode": seen.mode,
        "role": seen.role,
        "start_us": seen.start_us,
        "end_us": seen.end_us,
        **seen.told,
    }
    if seen.share:
        data["share"] = seen.share
    uri = f"vedette:camera/{seen.camera}/{seen.role}"
    return Event(
        id=new_id(clock),
        organisation=organisation,
        kind="footage.seen",
        observed_us=now_us,
        received_us=now_us,
        source="api",
        subject=f"camera/{seen.camera}",
        actor=actor,
        text=f"{actor.name} saw footage ({seen.mode})",
        data=data,
        evidence=(Evidence(uri, start_us=seen.start_us, end_us=seen.end_us),),
        visibility=Visibility.AUDITORS,
    )


class Audit:
    """ASGI middleware, inside the guard: keeps every change and every refusal.

    The event is written before the answer starts: who is told "done" can rely on it being in the
    log. When it cannot be written, the answer is an error instead.
    """

    def __init__(self, app: ASGIApp, trail: AuditTrail) -> None:
        self._app = app
        self._trail = trail

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        who = scope.get("state", {}).get("identity")
        if scope["type"] not in {"http", "websocket"} or who is None:
            await self._app(scope, receive, send)
            return
        dropped = False

        async def kept(message: Message) -> None:
            nonlocal dropped
            if message["type"] in {"http.response.start", "websocket.http.response.start"}:
                try:
                    await self._keep(scope, who, message["status"])
                except Exception:  # noqa: BLE001  no answer without its entry
                    _log.exception("audit.not_kept", path=scope["path"])
                    dropped = True
                    await problems.problem(
                        500,
                        "not-logged",
                        "what you asked for may be done, but could not be written to the event "
                        "log; tell whoever runs Vedette to look at its log and its disk",
                    )(scope, receive, send)
                    return
            if not dropped:
                await send(message)

        await self._app(scope, receive, kept)

    async def _keep(self, scope: Scope, who: Identity, status: int) -> None:
        changes = scope.get("method", "GET") not in _SAFE
        facts = cast("dict[str, Scalar]", scope["state"].get("facts", {}))
        # What is there, but not for whoever asks, is a refusal; the answer must not say so.
        hidden = facts.get("hidden_camera") if status == 404 else None
        refused = status == 403 or hidden is not None
        if not (changes or refused) or (status in {404, 405, 422} and not refused):
            return
        name = getattr(scope.get("route"), "name", "")
        if name in QUIET and status < 400:
            return
        kind, words = KINDS.get(name, (f"api.{name or 'request'}", _unnamed(name)))
        outcome = Outcome.DONE
        if status >= 400:
            outcome = Outcome.REFUSED if status < 500 else Outcome.FAILED
            words = f"was refused: {words}" if outcome is Outcome.REFUSED else f"failed: {words}"
        params = cast("dict[str, object]", scope.get("path_params", {}))
        named = facts.get("name")
        connection = HTTPConnection(scope)
        await self._trail.keep(
            who.organisation,
            kind,
            actor_of(who, connection),
            f"{who.name} {words}" + (f": {named}" if named else ""),
            subject=_subject(params) or (f"camera/{hidden}" if hidden else ""),
            outcome=outcome,
            **{key: str(value) for key, value in params.items()},
            **facts,
            status=status,
        )


def _unnamed(name: str) -> str:
    """What a route that changes nothing is for; its refusals are kept, too."""
    right = RULES.get(name, ADMINISTRATORS).right
    return name.replace("_", " ") if right is None else WORDS[right]


def _subject(params: dict[str, object]) -> str:
    for key, value in params.items():
        if key.endswith("_id"):
            return f"{key.removesuffix('_id')}/{value}"
    return ""


@contextlib.asynccontextmanager
async def sweeping(trail: AuditTrail) -> AsyncGenerator[None]:
    """Sweep until the block ends, then keep what is left."""
    task = asyncio.create_task(trail.run(), name="audit")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await trail.sweep(everything=True)
