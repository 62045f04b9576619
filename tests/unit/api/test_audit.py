"""Who saw what is put together, also when many requests begin in one instant."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from vedette.api.audit import AuditTrail, Seen
from vedette.bus import BUSES
from vedette.db.engine import Database
from vedette.journal import EventQuery, SqlJournal
from vedette.model.event import Actor, Event, Head
from vedette.model.person import DEFAULT_ORGANISATION
from vedette.testing.clock import FakeClock

HOME = DEFAULT_ORGANISATION
ANN = Actor("p", "ann", "session", "s", "192.0.2.1")
SECOND_US = 1_000_000


class SlowJournal(SqlJournal):
    """Lets everything else run before it writes."""

    async def append(self, organisation: str, events: Sequence[Event]) -> Head:
        for _ in range(50):
            await asyncio.sleep(0)
        return await super().append(organisation, events)


def test_requests_of_one_instant_are_one_sight_of_all_that_they_showed(tmp_path: Path) -> None:
    async def story() -> None:
        database = Database.open(f"sqlite:///{tmp_path}/vedette.db")
        try:
            await database.migrate()
            journal = SlowJournal(database)
            trail = AuditTrail(journal, FakeClock(), BUSES.load("memory")())
            await asyncio.gather(
                *(
                    trail.saw(HOME, ANN, Seen("cam", "replay", n * SECOND_US, (n + 1) * SECOND_US))
                    for n in range(5)
                )
            )
            await trail.sweep(everything=True)
            kept = (await journal.events(HOME, EventQuery(kinds=("footage.",)))).entries
            kinds = sorted(one.event.kind for one in kept)
            assert kinds == ["footage.seen", "footage.seen_until"]
            (until,) = [one.event for one in kept if one.event.kind == "footage.seen_until"]
            assert (until.data["start_us"], until.data["end_us"]) == (0, 5 * SECOND_US)
        finally:
            await database.close()

    asyncio.run(story())
