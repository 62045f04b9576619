"""Ceremonies that wait for their end."""

import asyncio

import pytest

from vedette.accounts import pending
from vedette.accounts.pending import Pending
from vedette.base.errors import BeginAgain
from vedette.testing.clock import FakeClock


def test_a_value_is_taken_once_and_in_time() -> None:
    async def story() -> None:
        clock = FakeClock()
        waiting: Pending[str] = Pending(clock, 300)
        secret, late = waiting.put("one"), waiting.put("two")
        assert waiting.look(secret) == "one"
        assert waiting.take(secret) == "one"
        for again in (secret, "made up", ""):
            with pytest.raises(BeginAgain, match="begin again"):
                waiting.take(again)
        await clock.advance(300)
        with pytest.raises(BeginAgain):
            waiting.look(late)
        assert len(waiting) == 1
        waiting.put("three")
        assert len(waiting) == 1, "what is too late is forgotten"

    asyncio.run(story())


def test_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "_MOST", 3)
    waiting: Pending[int] = Pending(FakeClock(), 300)
    secrets = [waiting.put(n) for n in range(5)]
    assert len(waiting) == 3
    with pytest.raises(BeginAgain):
        waiting.look(secrets[1])
    assert waiting.take(secrets[4]) == 4
