"""Every way in beside the password, put together once."""

from dataclasses import dataclass

from vedette.accounts.second_factor import SecondFactor
from vedette.accounts.service import Accounts
from vedette.base.clock import Clock
from vedette.db.engine import Database
from vedette.db.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Entrance:
    """What people prove with beside a password."""

    second_factor: SecondFactor


def open_entrance(accounts: Accounts, database: Database, clock: Clock, sealer: Sealer) -> Entrance:
    """Join the ways in; they share the sessions and the counting of attempts."""
    return Entrance(
        second_factor=SecondFactor(
            database,
            clock,
            sealer,
            sessions=accounts.sessions,
            attempts=accounts.attempts,
            second_steps=accounts.second_steps,
        )
    )
