"""One-time codes: those of authenticator apps (RFC 6238, from pyotp) and those on paper.

SHA-1, six digits and steps of 30 seconds, because other choices are ignored by several apps.
"""

import base64
import hashlib
import secrets

from pyotp.totp import TOTP

RECOVERY_CODES = 10
STEP_S = 30
_WINDOW = 1
_GROUPS, _GROUP = 4, 4
# Without letters that look like digits; 32 of them, so that 16 make 80 bits.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def new_totp_secret() -> str:
    """160 random bits in Base32, as apps take them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def totp_address(secret: str, person: str) -> str:
    """What the QR code says: ``otpauth://totp/...`` with name and issuer."""
    return TOTP(secret).provisioning_uri(name=person, issuer_name="Vedette")


def step_of(secret: str, code: str, now_us: int, last_step: int) -> int | None:
    """The time step whose code was typed, if it may be taken.

    The step before and the one after count too, because clocks differ and typing takes time.

    Args:
        secret: Base32.
        code: As typed, without blanks.
        now_us: Wall time.
        last_step: The newest step taken so far; no code is taken twice (RFC 6238, 5.2).

    Returns:
        The number of the step, or None.
    """
    app = TOTP(secret, interval=STEP_S)
    now = now_us // 1_000_000 // STEP_S
    found: int | None = None
    # No early return: how long it takes tells nothing.
    for step in range(now - _WINDOW, now + _WINDOW + 1):
        right = secrets.compare_digest(app.generate_otp(max(0, step)).encode(), code.encode())
        if right and step > last_step:
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Ten codes of 80 random bits, such as ``k3wd-9m2p-xc7h-4rta``."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    ]


def hash_recovery_code(code: str) -> bytes:
    """What is stored of one; blanks, hyphens and capitals do not matter.

    A plain hash is enough for 80 random bits.
    """
    return hashlib.sha256(_bare(code).encode("utf-8", "surrogatepass")).digest()


def is_totp(code: str) -> bool:
    """Whether it looks like an app's code and not like one on paper."""
    bare = _bare(code)
    return len(bare) == 6 and bare.isascii() and bare.isdecimal()


def _bare(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()


def bare_totp(code: str) -> str:
    """An app's code as typed, without the blank that apps show in its middle."""
    return _bare(code)
