"""Argon2id (RFC 9106) from argon2-cffi, in threads, a bounded number at a time."""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from vedette.accounts.settings import AccountSettings

_AT_ONCE = 2
"""Hashes computed at the same time: each takes tens of megabytes."""


class Passwords:
    """Hashes and checks passwords; the work for an unknown name is the same as for a known one."""

    def __init__(self, settings: AccountSettings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.hash_passes,
            memory_cost=settings.hash_memory_kib,
            parallelism=settings.hash_lanes,
        )
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """The encoded hash, with its salt and parameters."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, encoded: str | None, password: str) -> bool:
        """Whether the password is the one that was hashed.

        Args:
            encoded: The stored hash; None, for an unknown name, costs the same time and is False.
            password: As typed.
        """
        async with self._slots:
            return await asyncio.to_thread(self._matches, encoded, password)

    def outdated(self, encoded: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(encoded)

    def _matches(self, encoded: str | None, password: str) -> bool:
        if self._decoy is None:
            self._decoy = self._hasher.hash(secrets.token_urlsafe())
        try:
            self._hasher.verify(self._decoy if encoded is None else encoded, password)
        except (VerificationError, InvalidHashError):
            return False
        return encoded is not None
