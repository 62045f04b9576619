"""Every way in beside the password, put together once."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from vedette.accounts.ceremonies import Ceremonies
from vedette.accounts.invitations import Invitations
from vedette.accounts.openid import OpenIdProvider
from vedette.accounts.passkeys import Passkeys
from vedette.accounts.second_factor import SecondFactor
from vedette.accounts.service import Accounts
from vedette.accounts.settings import SignOnSettings
from vedette.accounts.sign_on import SignOn
from vedette.base.clock import Clock
from vedette.base.errors import ConfigError
from vedette.base.units import US_PER_S
from vedette.db.engine import Database
from vedette.db.sealing import Sealer

_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Entrance:
    """What people prove with beside a password."""

    second_factor: SecondFactor
    passkeys: Passkeys
    invitations: Invitations
    sign_on: SignOn
    http: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Let go of the connections to providers."""
        if self.http is not None:
            await self.http.aclose()


def open_entrance(
    accounts: Accounts,
    database: Database,
    clock: Clock,
    sealer: Sealer,
    providers: Sequence[SignOnSettings] = (),
) -> Entrance:
    """Join the ways in; they share the sessions and the counting of attempts.

    Args:
        accounts: Passwords, sessions, attempts.
        database: For everything that is kept.
        clock: For everything that ends.
        sealer: Hides what must be readable again.
        providers: Of single sign-on.

    Raises:
        ConfigError: Two providers cannot be told apart.
    """
    _check(providers)
    http = httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False) if providers else None
    ceremonies = Ceremonies(clock)
    return Entrance(
        passkeys=Passkeys(
            database,
            clock,
            ceremonies=ceremonies,
            sessions=accounts.sessions,
            attempts=accounts.attempts,
        ),
        sign_on=SignOn(
            database,
            clock,
            [
                OpenIdProvider(one, http, lambda: clock.wall_us() // US_PER_S)
                for one in providers
                if http is not None
            ],
            sessions=accounts.sessions,
            attempts=accounts.attempts,
        ),
        http=http,
        invitations=Invitations(database, clock, accounts, ceremonies),
        second_factor=SecondFactor(
            database,
            clock,
            sealer,
            sessions=accounts.sessions,
            attempts=accounts.attempts,
            second_steps=accounts.second_steps,
        ),
    )


def _check(providers: Sequence[SignOnSettings]) -> None:
    for kind, found in (
        ("name", [one.id for one in providers]),
        ("issuer", [(one.organisation, one.issuer) for one in providers]),
    ):
        if len(set(found)) < len(found):
            raise ConfigError(f"two providers in [[sign_on]] have the same {kind}")
