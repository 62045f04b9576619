"""Invitations: a link by which somebody who has no account yet makes one."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select

from vedette.accounts import people
from vedette.accounts.attempts import Attempts
from vedette.accounts.ceremonies import Ceremonies
from vedette.accounts.credentials import hash_secret, new_secret
from vedette.accounts.decide import check_name
from vedette.accounts.passkeys import insert_passkey
from vedette.accounts.relying_party import RelyingParty
from vedette.accounts.role_rows import (
    access_in,
    check_giver,
    gone_offer,
    insert_grant,
    require_offer,
)
from vedette.accounts.roles import check_end
from vedette.accounts.service import Accounts
from vedette.base.clock import Clock
from vedette.base.errors import BadRequest, Conflict, NotFound, Refused
from vedette.base.ids import new_id
from vedette.base.units import US_PER_S
from vedette.db import schema
from vedette.db.engine import Database
from vedette.model.person import Identity, Invitation, Passkey, Person, Visit
from vedette.model.rights import Grant, Offer, Right, ScopeKind

LONGEST_S = 30 * 86_400
_GONE = "the invitation was used, withdrawn or is too old; ask for a new one"


class Invitations:
    """Made and withdrawn by those who administer an organisation, taken up once.

    Args:
        database: Where they are kept, by the hashes of their secrets.
        clock: Measures their age.
        accounts: Checks passwords, counts attempts, begins sessions.
        ceremonies: For those who choose a passkey.
    """

    def __init__(
        self, database: Database, clock: Clock, accounts: Accounts, ceremonies: Ceremonies
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._attempts: Attempts = accounts.attempts
        self._ceremonies = ceremonies

    async def invite(
        self,
        organisation: str,
        name: str,
        offers: Sequence[Offer],
        *,
        lasts_s: float,
        inviter: Identity,
    ) -> tuple[str, Invitation]:
        """Invite somebody.

        Args:
            organisation: That the person will belong to.
            name: To sign in with.
            offers: What the person will hold, in any order.
            lasts_s: Seconds for which the link may be used, more than 0, at most 30 days.
            inviter: Who can give no more than they hold, now and when the link is used.

        Returns:
            The secret for behind the link's ``#``, shown this once, and the invitation.

        Raises:
            BadRequest: The name or a time cannot be used.
            Conflict: The name is taken, or somebody is invited by it.
            NotFound: Inviter, role, site, group or camera is not here.
            Refused: It is more than the inviter holds.
        """
        name = check_name(name)
        if not 0 < lasts_s <= LONGEST_S:
            raise BadRequest("an invitation lasts more than 0 seconds and at most 30 days")
        now_us = self._clock.wall_us()
        secret = new_secret()
        expires_us = now_us + int(lasts_s * US_PER_S)
        for offer in offers:
            check_end(offer.expires_us, now_us)
        made = Invitation(
            new_id(self._clock), organisation, name, inviter.name, now_us, expires_us, tuple(offers)
        )

        def change(connection: Connection) -> None:
            _sweep(connection, now_us)
            people.get_row(connection, organisation, inviter.person)
            for offer in offers:
                require_offer(connection, organisation, offer)
            check_giver(connection, organisation, inviter, offers)
            if people.find_for_sign_in(connection, name) is not None or _is_invited(
                connection, organisation, name
            ):
                raise Conflict(f"the name {name!r} is taken; choose another")
            row = {
                "id": made.id,
                "organisation": organisation,
                "name": name,
                "inviter": inviter.person,
                "secret_sha256": hash_secret(secret),
                "created_us": now_us,
                "expires_us": expires_us,
            }
            connection.execute(insert(schema.invitation), [row])
            _insert_offers(connection, made)

        await self._database.write(change)
        return secret, made

    async def list(self, organisation: str) -> list[Invitation]:
        """The invitations that may still be taken up, the newest first."""
        table = schema.invitation
        question = (
            _with_names()
            .where(table.c.organisation == organisation, table.c.expires_us > self._clock.wall_us())
            .order_by(table.c.created_us.desc(), table.c.id)
        )
        return await self._database.read(
            lambda at: [_to_invitation(at, row) for row in at.execute(question).all()]
        )

    async def withdraw(self, organisation: str, invitation: str) -> Invitation:
        """Make an invitation worthless.

        Returns:
            What it was.

        Raises:
            NotFound: There is none in this organisation.
        """
        table = schema.invitation

        def change(connection: Connection) -> Invitation:
            wanted = (table.c.organisation == organisation) & (table.c.id == invitation)
            row = connection.execute(_with_names().where(wanted)).first()
            if row is None:
                raise NotFound("there is no such invitation; it was used or withdrawn")
            withdrawn = _to_invitation(connection, row)
            connection.execute(delete(table).where(wanted))
            return withdrawn

        return await self._database.write(change)

    async def look(self, secret: str, visit: Visit) -> tuple[Invitation, str]:
        """What an invited person is told before it chooses.

        Returns:
            The invitation, and the organisation's name.

        Raises:
            Refused: It was used, withdrawn, is too old or never was, or who made it may not give
                that any more.
            TooManyAttempts: Too many wrong links came from the network address.
        """
        keys = self._attempts.of_source(visit.source)
        self._attempts.spend(keys)
        now_us = self._clock.wall_us()

        def question(connection: Connection) -> tuple[Invitation, str]:
            found = _find(connection, secret, now_us)
            house = schema.organisation
            name = connection.execute(select(house.c.name).where(house.c.id == found.organisation))
            return found, name.scalar_one()

        found = await self._database.read(question)
        self._attempts.give_back(keys)
        return found

    async def accept_with_password(
        self, secret: str, password: str, visit: Visit
    ) -> tuple[str, Identity]:
        """Take up an invitation by choosing a password.

        Returns:
            The secret for the cookie, and who it is.

        Raises:
            Refused: It was used, withdrawn, is too old or never was.
            BadRequest: The password cannot be used; the invitation stays.
            Conflict: Somebody took the name meanwhile.
        """
        invitation, _ = await self.look(secret, visit)
        encoded = await self._accounts.hash_new_password(password, invitation.name)
        person = Person(
            new_id(self._clock), invitation.organisation, invitation.name, self._clock.wall_us()
        )

        def find(connection: Connection) -> Row[Any]:
            offers = _take(connection, secret, person.created_us)
            people.insert_person(connection, person, encoded)
            self._give(connection, person, offers)
            return people.get_row(connection, person.organisation, person.id)

        return await self._accounts.sessions.begin(find, "invitation", visit)

    async def begin_passkey(
        self, secret: str, party: RelyingParty, visit: Visit
    ) -> tuple[str, dict[str, Any]]:
        """Ask the invited person's browser for a passkey.

        Returns:
            The secret that names the ceremony, and the options for the browser.

        Raises:
            Refused: As ``look``.
        """
        invitation, _ = await self.look(secret, visit)
        person = new_id(self._clock)
        return self._ceremonies.registration(
            party, invitation.organisation, person, name=invitation.name, known=[], joins=True
        )

    async def accept_with_passkey(
        self, secret: str, ceremony: str, credential: dict[str, Any], *, name: str, visit: Visit
    ) -> tuple[str, Identity]:
        """Take up an invitation with the passkey that was made for it; there is no password then.

        Args:
            secret: From the link.
            ceremony: From ``begin_passkey``.
            credential: The browser's answer.
            name: By which the person will know the passkey.
            visit: Where the request comes from.

        Raises:
            BeginAgain: The ceremony is over.
            Refused: As ``look``, or the answer proves nothing.
            Conflict: Somebody took the name meanwhile.
        """
        name = check_name(name)
        invitation, _ = await self.look(secret, visit)
        organisation = invitation.organisation
        joining = self._ceremonies.joining(ceremony, organisation)
        key = self._ceremonies.registered(ceremony, organisation, joining, credential)
        now_us = self._clock.wall_us()
        person = Person(joining, organisation, invitation.name, now_us)
        passkey = Passkey(
            new_id(self._clock), organisation, person.id, name, now_us, None, key.synced
        )

        def find(connection: Connection) -> Row[Any]:
            offers = _take(connection, secret, now_us)
            people.insert_person(connection, person, people.NO_PASSWORD)
            self._give(connection, person, offers)
            insert_passkey(connection, passkey, key)
            return people.get_row(connection, organisation, person.id)

        return await self._accounts.sessions.begin(find, "invitation", visit)

    def _give(self, connection: Connection, person: Person, offers: Iterable[Offer]) -> None:
        """Let the person hold what was offered, as far as it is still there."""
        for one in offers:
            if not gone_offer(connection, person.organisation, one):
                grant = Grant(
                    new_id(self._clock),
                    person.organisation,
                    person.id,
                    one.role,
                    one.scope,
                    one.scope_id,
                    one.expires_us,
                )
                insert_grant(connection, person.organisation, grant)


def _find(connection: Connection, secret: str, now_us: int) -> Invitation:
    """The invitation of a link, if it stands.

    Raises:
        Refused: It does not.
    """
    table = schema.invitation
    question = _with_names().where(
        table.c.secret_sha256 == hash_secret(secret), table.c.expires_us > now_us
    )
    row = connection.execute(question).first()
    if row is None:
        raise Refused(_GONE)
    found = _to_invitation(connection, row)
    # It is worth what its maker could give this minute.
    maker = Identity(row.organisation, row.inviter, row.invited_by, "session", "")
    try:
        check_giver(connection, row.organisation, maker, found.offers)
        able = access_in(connection, row.organisation, maker, now_us).may(Right.PEOPLE)
    except Refused:
        able = False
    if not able:
        raise Refused("who invited you may not give that any more; ask for a new invitation")
    return found


def _take(connection: Connection, secret: str, now_us: int) -> tuple[Offer, ...]:
    """Use an invitation up; of two who try at once, one gets it."""
    found = _find(connection, secret, now_us)
    table = schema.invitation
    change = delete(table).where(
        table.c.secret_sha256 == hash_secret(secret), table.c.expires_us > now_us
    )
    if connection.execute(change).rowcount == 0:
        raise Refused(_GONE)
    return found.offers


def _insert_offers(connection: Connection, invitation: Invitation) -> None:
    rows = [
        {
            "invitation": invitation.id,
            "number": number,
            "organisation": invitation.organisation,
            "role": offer.role,
            "scope": offer.scope.value,
            "scope_id": "" if offer.scope is ScopeKind.ORGANISATION else offer.scope_id,
            "expires_us": offer.expires_us,
        }
        for number, offer in enumerate(invitation.offers)
    ]
    if rows:
        connection.execute(insert(schema.invitation_offer), rows)


def _is_invited(connection: Connection, organisation: str, name: str) -> bool:
    table = schema.invitation
    question = select(table.c.id).where(table.c.organisation == organisation, table.c.name == name)
    return connection.execute(question).first() is not None


def _sweep(connection: Connection, now_us: int) -> None:
    table = schema.invitation
    connection.execute(delete(table).where(table.c.expires_us <= now_us))


def _with_names() -> Select[Any]:
    """Invitations with the names of who made them."""
    table, person = schema.invitation, schema.person
    return select(table, person.c.name.label("invited_by")).join(
        person, person.c.id == table.c.inviter
    )


def _to_invitation(connection: Connection, row: Row[Any]) -> Invitation:
    table = schema.invitation_offer
    question = select(table).where(table.c.invitation == row.id).order_by(table.c.number)
    offers = tuple(
        Offer(one.role, ScopeKind(one.scope), one.scope_id, one.expires_us)
        for one in connection.execute(question)
    )
    return Invitation(
        row.id, row.organisation, row.name, row.invited_by, row.created_us, row.expires_us, offers
    )
