"""Identifiers: UUID version 7 (RFC 9562), so that they sort by the time of their making."""

import secrets
import uuid

from vedette.base.clock import Clock, SystemClock

_SYSTEM = SystemClock()


def new_id(clock: Clock = _SYSTEM) -> str:
    """A fresh UUIDv7 in its canonical 36-character form.

    Source: RFC 9562, section 5.7 (48 bits of milliseconds, 74 random bits).
    """
    milliseconds = clock.wall_us() // 1000 & (1 << 48) - 1
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    value |= 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))
