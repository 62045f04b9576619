"""Single sign-on: people whom an OpenID provider knows, linked by issuer and subject."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection, Row, delete, insert, select, update

from vedette.accounts import people
from vedette.accounts.attempts import Attempts
from vedette.accounts.credentials import hash_secret, new_secret
from vedette.accounts.decide import check_name
from vedette.accounts.openid import OpenIdProvider, ProviderTrouble
from vedette.accounts.pending import Pending
from vedette.accounts.second_factor import PersonRef
from vedette.accounts.sessions import Sessions, end_sessions
from vedette.accounts.settings import SignOnSettings
from vedette.accounts.sign_on_plan import Known, plan_person
from vedette.accounts.sign_on_roles import (
    RoleChanges,
    first_role,
    follow_groups,
    forget_roles,
    unknown_names,
)
from vedette.base.clock import Clock
from vedette.base.errors import BadRequest, Conflict, NotFound, Refused
from vedette.base.ids import new_id
from vedette.db import schema
from vedette.db.engine import Database
from vedette.model.person import Identity, Person, SignOnLink, Visit

LOG = structlog.get_logger(__name__)

_JOURNEY_S = 600.0
_WORDS = {
    "expired": "signing on took too long, or was finished already; begin again",
    "cancelled": "signing on was cancelled",
    "provider": "the provider does not answer as it should; try again, or tell who runs Vedette",
    "unknown": "nobody here is linked with this account; sign in another way and link it",
    "not-allowed": "this account may not sign on here; ask who administers Vedette",
    "taken": "the name or the account is taken here; ask who administers Vedette",
}


class SignOnFailed(Refused):
    """Nobody is signed in.

    Attributes:
        why: One word that the console knows a sentence for: ``expired``, ``cancelled``,
            ``provider``, ``unknown``, ``not-allowed`` or ``taken``.
        provider: Its name; empty when no journey is known.
        organisation: Whose provider it was; empty when no journey is known.
        linking: Whether somebody who is signed in wanted to link an account.
    """

    def __init__(
        self, why: str, *, provider: str = "", organisation: str = "", linking: bool = False
    ) -> None:
        super().__init__(_WORDS[why])
        self.why = why
        self.provider = provider
        self.organisation = organisation
        self.linking = linking


@dataclass(frozen=True, slots=True)
class Departure:
    """A browser about to be sent to a provider.

    Attributes:
        address: Where to.
        binding: Secret for a cookie: only the browser that left may come back.
    """

    address: str
    binding: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who has signed on.

    Attributes:
        secret: For the session's cookie.
        who: By that session.
        provider: Its name.
        added: Whether an account was made.
        changes: Of the person's roles.
    """

    secret: str
    who: Identity
    provider: str
    added: bool
    changes: RoleChanges


@dataclass(frozen=True, slots=True)
class Linked:
    """Somebody whose account a provider knows from now on.

    Attributes:
        person: Whose.
        name: Of the person.
        provider: Its name.
    """

    person: PersonRef
    name: str
    provider: str


@dataclass(frozen=True, slots=True)
class _Journey:
    provider: str
    redirect_uri: str
    nonce: str
    verifier: str
    binding_sha256: bytes
    link: PersonRef | None


class SignOn:
    """Sends browsers to providers and takes them back.

    Args:
        database: Where the links are kept.
        clock: Measures everything.
        providers: By identifier, in the order of the configuration.
        sessions: Where a sign-in ends.
        attempts: Failed returns count against the network address.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        providers: Sequence[OpenIdProvider],
        *,
        sessions: Sessions,
        attempts: Attempts,
    ) -> None:
        self._database = database
        self._clock = clock
        self._providers = {one.settings.id: one for one in providers}
        self._sessions = sessions
        self._attempts = attempts
        self._journeys: Pending[_Journey] = Pending(clock, _JOURNEY_S)

    @property
    def providers(self) -> list[tuple[str, str]]:
        """Identifier and name of each, for the buttons."""
        return [(key, one.settings.name) for key, one in self._providers.items()]

    def name_of(self, issuer: str) -> str:
        """What people know an issuer by; itself when it is not in the settings any more."""
        known = (one.settings for one in self._providers.values())
        return next((one.name for one in known if one.issuer == issuer), issuer)

    async def check(self) -> list[str]:
        """What the settings name and there is not, a sentence each; call it at start.

        Raises:
            ConfigError: A client's secret cannot be read.
        """
        told = [one.settings for one in self._providers.values()]
        for one in told:
            one.client_secret()
        return await self._database.read(lambda at: unknown_names(at, told))

    async def depart(
        self, provider: str, redirect_uri: str, *, link: PersonRef | None = None
    ) -> Departure:
        """Begin a journey.

        Args:
            provider: Identifier.
            redirect_uri: Where the provider sends the browser back to.
            link: Who is signed in and wants to be known by the provider, too.

        Raises:
            NotFound: There is no such provider.
            SignOnFailed: It does not answer.
            Conflict: It serves another organisation than the person's.
        """
        one = self._providers.get(provider)
        if one is None:
            raise NotFound("there is no such way to sign on")
        if link is not None and link.organisation != one.settings.organisation:
            raise Conflict("this way to sign on belongs to another organisation")
        nonce, verifier, binding = new_secret(), secrets.token_urlsafe(48), new_secret()
        state = self._journeys.put(
            _Journey(provider, redirect_uri, nonce, verifier, hash_secret(binding), link)
        )
        try:
            address = await one.address(
                redirect_uri=redirect_uri, state=state, nonce=nonce, verifier=verifier
            )
        except ProviderTrouble as trouble:
            raise self._failed("provider", one, str(trouble)) from None
        return Departure(address, binding)

    async def arrive(self, answer: dict[str, str], binding: str, visit: Visit) -> Arrival | Linked:
        """Take back a browser.

        Args:
            answer: The parameters that the provider gave it: ``state``, ``code``, ``error``,
                ``iss``.
            binding: From the cookie.
            visit: Where the request comes from.

        Returns:
            Who signed on; or, for a journey that linked an account, whose.

        Raises:
            SignOnFailed: Nobody is signed in, nothing is linked.
            TooManyAttempts: Too many failed returns from the network address.
        """
        keys = self._attempts.of_source(visit.source)
        self._attempts.spend(keys)
        try:
            journey = self._journeys.take(answer.get("state", ""))
        except Refused:
            raise SignOnFailed("expired") from None
        provider = self._providers[journey.provider]
        if not hmac.compare_digest(hash_secret(binding), journey.binding_sha256):
            raise self._failed("expired", provider, "another browser came back")
        if journey.link is not None:
            try:
                claims = await self._claims(provider, journey, answer)
                name = await self._link(provider, journey.link, claims)
            except SignOnFailed as failed:
                failed.linking = True
                raise
            self._attempts.give_back(keys)
            return Linked(journey.link, name, provider.settings.name)
        arrived = await self._enter(provider, await self._claims(provider, journey, answer), visit)
        self._attempts.give_back(keys)
        return arrived

    async def _enter(self, provider: OpenIdProvider, known: Known, visit: Visit) -> Arrival:
        settings, kept = provider.settings, (False, RoleChanges())

        def find(connection: Connection) -> Row[Any]:
            nonlocal kept
            row, added = self._person(connection, provider, known)
            clock = self._clock
            first = first_role(connection, clock, settings, row.id) if added else RoleChanges()
            later = follow_groups(connection, clock, settings, row.id, known.roles)
            kept = (added, RoleChanges((*first.given, *later.given), later.taken))
            return row

        secret, who = await self._sessions.begin(find, settings.name, visit)
        return Arrival(secret, who, settings.name, *kept)

    async def links(self, organisation: str, person: str) -> list[SignOnLink]:
        """By which providers a person is known."""
        table = schema.sign_on_link
        question = (
            select(table)
            .where(table.c.organisation == organisation, table.c.person == person)
            .order_by(table.c.created_us)
        )
        return await self._database.read(
            lambda at: [
                SignOnLink(
                    organisation,
                    person,
                    row.issuer,
                    self.name_of(row.issuer),
                    row.created_us,
                    row.used_us,
                )
                for row in at.execute(question)
            ]
        )

    async def unlink(
        self, organisation: str, person: str, provider: str, *, keep: str | None
    ) -> None:
        """Let a provider open the account no more; every session but ``keep`` ends.

        What its groups gave goes with it.

        Raises:
            NotFound: The person is not known by it.
            Conflict: Nobody would be left who may give roles.
        """
        table = schema.sign_on_link
        issuer = self._providers[provider].settings.issuer if provider in self._providers else ""

        def change(connection: Connection) -> None:
            gone = connection.execute(
                delete(table).where(
                    table.c.organisation == organisation,
                    table.c.person == person,
                    table.c.issuer == issuer,
                )
            )
            if gone.rowcount == 0:
                raise NotFound("this account is not linked with it")
            forget_roles(connection, organisation, person, issuer)
            end_sessions(connection, organisation, person, but=keep)

        await self._database.write(change)

    async def _claims(
        self, provider: OpenIdProvider, journey: _Journey, answer: dict[str, str]
    ) -> Known:
        """What the provider says, as far as the settings let it in."""
        settings = provider.settings
        if "error" in answer:
            why = "cancelled" if answer["error"] == "access_denied" else "provider"
            raise self._failed(why, provider, "the provider sent an error back")
        try:
            claims = await provider.claims(
                issuer=answer.get("iss"),
                code=answer.get("code", ""),
                redirect_uri=journey.redirect_uri,
                nonce=journey.nonce,
                verifier=journey.verifier,
            )
        except ProviderTrouble as trouble:
            raise self._failed("provider", provider, str(trouble)) from None
        known = plan_person(claims, settings)
        if known is None:
            raise self._failed("not-allowed", provider, "neither domain nor group lets it in")
        return known

    def _person(
        self, connection: Connection, provider: OpenIdProvider, known: Known
    ) -> tuple[Row[Any], bool]:
        """Whose account it is, made when the settings say so; and whether it was."""
        settings = provider.settings
        organisation = settings.organisation
        table = schema.sign_on_link
        mine = (
            (table.c.organisation == organisation)
            & (table.c.issuer == settings.issuer)
            & (table.c.subject == known.subject)
        )
        now_us = self._clock.wall_us()
        row = connection.execute(select(table).where(mine)).first()
        if row is not None:
            connection.execute(update(table).where(mine).values(used_us=now_us))
            return people.get_row(connection, organisation, row.person), False
        if settings.unknown == "refuse":
            raise self._failed("unknown", provider, "nobody is linked with this subject")
        try:
            person = Person(new_id(self._clock), organisation, check_name(known.name), now_us)
            people.insert_person(connection, person, people.NO_PASSWORD)
        except (Conflict, BadRequest):
            # Never into an account that happens to have the same name.
            raise self._failed("taken", provider, "the name is taken or unusable") from None
        insert_link(connection, settings, known, person.id, now_us)
        return people.get_row(connection, organisation, person.id), True

    async def _link(self, provider: OpenIdProvider, who: PersonRef, known: Known) -> str:
        """Link, and give the person's name."""
        now_us = self._clock.wall_us()
        table = schema.sign_on_link
        question = select(table.c.person).where(
            table.c.organisation == who.organisation,
            table.c.issuer == provider.settings.issuer,
            (table.c.subject == known.subject) | (table.c.person == who.person),
        )

        def change(connection: Connection) -> str:
            name: str = people.get_row(connection, who.organisation, who.person).name
            if connection.execute(question).first() is not None:
                raise self._failed("taken", provider, "one of both is linked already")
            insert_link(connection, provider.settings, known, who.person, now_us)
            return name

        return await self._database.write(change)

    @staticmethod
    def _failed(why: str, provider: OpenIdProvider, detail: str) -> SignOnFailed:
        LOG.warning("accounts.sign_on_failed", provider=provider.settings.name, why=detail)
        settings = provider.settings
        return SignOnFailed(why, provider=settings.name, organisation=settings.organisation)


def insert_link(
    connection: Connection, provider: SignOnSettings, known: Known, person: str, now_us: int
) -> None:
    """Remember as whom the provider knows a person."""
    row = {
        "organisation": provider.organisation,
        "issuer": provider.issuer,
        "subject": known.subject,
        "person": person,
        "created_us": now_us,
        "used_us": now_us,
    }
    connection.execute(insert(schema.sign_on_link), [row])
