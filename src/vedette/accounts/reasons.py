"""Reasons that people give before sensitive acts, where their organisation asks for them.

Whoever gave one is not asked again for a while; the session or token that it was given with is what
is remembered, so that signing in anew asks anew.
"""

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, select

from vedette.base.clock import Clock
from vedette.base.errors import BadRequest, NotFound, ReasonAsked
from vedette.base.units import US_PER_S
from vedette.db import schema
from vedette.db.engine import Database
from vedette.model.reason import Act, Reason

VALID_S = 15 * 60
"""How long a reason stands before it is asked for again."""
SHORTEST = 3
LONGEST = 500
"""Characters of a reason."""


class Reasons:
    """The rules of every organisation, and what was given."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def asked(self, organisation: str) -> frozenset[Act]:
        """The acts for which the organisation asks a reason."""
        rule = schema.reason_rule
        query = select(rule.c.act).where(rule.c.organisation == organisation)
        rows = await self._database.read(lambda at: at.execute(query).all())
        return frozenset(Act(row.act) for row in rows)

    async def ask(self, organisation: str, acts: Collection[Act]) -> None:
        """Ask for a reason before these acts from now on, and before no others.

        Raises:
            NotFound: There is no such organisation.
        """
        rule, own = schema.reason_rule, schema.organisation
        rows = [{"organisation": organisation, "act": act.value} for act in sorted(set(acts))]

        def change(connection: Connection) -> None:
            known = select(own.c.id).where(own.c.id == organisation)
            if connection.execute(known).first() is None:
                raise NotFound(f"there is no organisation {organisation}")
            connection.execute(delete(rule).where(rule.c.organisation == organisation))
            if rows:
                connection.execute(insert(rule), rows)

        await self._database.write(change)

    async def give(self, organisation: str, credential: str, act: Act, text: str) -> Reason:
        """Keep a reason, in place of the last one for the same act.

        Args:
            organisation: Whose rules count.
            credential: The session or token that it is given with.
            act: What for.
            text: 3 to 500 characters once blanks are trimmed.

        Raises:
            BadRequest: That is no reason.
        """
        text = " ".join(text.split())
        if not SHORTEST <= len(text) <= LONGEST:
            raise BadRequest(f"give a reason of {SHORTEST} to {LONGEST} characters")
        now_us = self._clock.wall_us()
        reason = Reason(act, text, now_us + VALID_S * US_PER_S)
        given = schema.given_reason
        mine = (given.c.organisation == organisation, given.c.credential == credential)

        def change(connection: Connection) -> None:
            connection.execute(delete(given).where(given.c.until_us <= now_us))
            connection.execute(delete(given).where(*mine, given.c.act == act.value))
            row = {"organisation": organisation, "credential": credential, "act": act.value}
            row |= {"text": reason.text, "until_us": reason.until_us}
            connection.execute(insert(given), [row])

        await self._database.write(change)
        return reason

    async def need(self, organisation: str, credential: str, act: Act) -> Reason | None:
        """The reason that stands for an act; None where the organisation asks for none.

        One visit to the database, since every piece of a replay comes by here.

        Raises:
            ReasonAsked: One is asked for, and none stands.
        """
        rule, given = schema.reason_rule, schema.given_reason
        asked = select(rule.c.act).where(
            rule.c.organisation == organisation, rule.c.act == act.value
        )
        standing = select(given.c.text, given.c.until_us).where(
            given.c.organisation == organisation,
            given.c.credential == credential,
            given.c.act == act.value,
            given.c.until_us > self._clock.wall_us(),
        )

        def look(connection: Connection) -> Reason | None:
            if connection.execute(asked).first() is None:
                return None
            row = connection.execute(standing).first()
            if row is None:
                raise ReasonAsked(act.value)
            return Reason(act, row.text, row.until_us)

        return await self._database.read(look)
