"""Encrypting the few secrets that must be readable again, such as camera passwords.

AES-256-GCM from ``cryptography`` (NIST SP 800-38D) with a random 96-bit nonce per sealing; at the
few thousand sealings of an installation's life the chance of a repeated nonce is negligible. The
key lies in a file outside the database, so that a copy of the database alone opens nothing.
"""

import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vedette.base.errors import ConfigError

_KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"


class Sealer:
    """Seals and opens with the key of one file.

    The file is made, with mode 0600, at the first sealing. It is never made by opening: if it is
    missing while sealed rows exist, that is an error that an operator must see.
    """

    def __init__(self, key_file: Path) -> None:
        self._key_file = key_file
        self._cipher: AESGCM | None = None

    @property
    def has_key(self) -> bool:
        """Whether the key file is there."""
        return self._key_file.exists()

    def seal(self, secret: bytes, context: bytes) -> bytes:
        """Encrypt.

        Args:
            secret: What to hide.
            context: What the secret belongs to; opening needs the same, so that a sealed value
                moved to another row opens nowhere.

        Raises:
            ConfigError: The key file cannot be used.
        """
        if self._cipher is None:
            self._make_key_file()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._key().encrypt(nonce, secret, _VERSION + context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt what ``seal`` gave for the same context.

        Raises:
            ConfigError: The key file is missing or is not the one it was sealed with.
        """
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] != _VERSION:
            raise ConfigError(
                "a sealed secret was written by a newer Vedette; install that version"
            )
        try:
            return self._key().decrypt(nonce, body, _VERSION + context)
        except (InvalidTag, ValueError):  # ValueError: cut short
            raise ConfigError(
                f"a sealed secret does not open with the key file {self._key_file}; "
                "restore the key file that belongs to this database, or enter the password again"
            ) from None

    def require_key(self) -> None:
        """Check the key file, for use at start when sealed rows exist.

        Raises:
            ConfigError: It is missing, readable for others, or no key.
        """
        self._key()

    def _key(self) -> AESGCM:
        if self._cipher is None:
            self._cipher = AESGCM(_read_key(self._key_file))
        return self._cipher

    def _make_key_file(self) -> None:
        """Write a fresh key, complete before anybody can see it; an existing file stays."""
        if self._key_file.exists():
            return
        draft = self._key_file.with_name(f".{self._key_file.name}.{secrets.token_hex(8)}")
        try:
            self._key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            try:
                # link, not rename: of two processes that start together, the first key stays.
                os.link(draft, self._key_file)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
            _fsync_folder(self._key_file.parent)
        except OSError as error:
            raise ConfigError(
                f"the key file {self._key_file} cannot be written: {error.strerror}"
            ) from error


def _read_key(key_file: Path) -> bytes:
    try:
        mode = key_file.stat().st_mode
        key = key_file.read_bytes()
    except FileNotFoundError:
        raise ConfigError(
            f"the key file {key_file} is missing, but camera passwords or second steps are sealed "
            "with it; restore it from a backup"
        ) from None
    except OSError as error:
        raise ConfigError(f"the key file {key_file} cannot be read: {error.strerror}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(
            f"the key file {key_file} may be read by others; run: chmod 600 {key_file}"
        )
    if len(key) != _KEY_BYTES:
        raise ConfigError(f"the key file {key_file} is damaged; restore it from a backup")
    return key


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
