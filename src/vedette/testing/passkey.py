"""A passkey in software, as a browser and its authenticator would answer with it."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes

_PRESENT, _VERIFIED, _BACKUP, _ATTESTED = 0x01, 0x04, 0x18, 0x40


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class SoftPasskey:
    """See Web Authentication Level 3, 6.1 and 6.5; attestation ``none``, ES256.

    Attributes:
        origin: Where the browser believes to be.
        rp_id: For whom it answers; None does as it is told, as honest browsers do.
        verifies: Whether the authenticator checks its owner.
        count: The signature counter; it grows with each use. Zero stays zero, as synced ones do.
        synced: Whether it says that it may be backed up.
    """

    origin: str
    rp_id: str | None = None
    verifies: bool = True
    count: int = 1
    synced: bool = False
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    user_handle: bytes = b""

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer the options of a registration."""
        self.user_handle = base64url_to_bytes(options["user"]["id"])
        public = self.key.public_key().public_numbers()
        cose = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32), -3: public.y.to_bytes(32)}
        )
        attested = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + cose
        rp_id = self.rp_id or options["rp"]["id"]
        data = self._authenticator_data(rp_id, _ATTESTED) + attested
        client = self._client_data("webauthn.create", options["challenge"])
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._credential(
            {"clientDataJSON": _text(client), "attestationObject": _text(attestation)}
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer the options of a sign-in."""
        if self.count:
            self.count += 1
        data = self._authenticator_data(self.rp_id or options["rpId"], 0)
        client = self._client_data("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            {
                "clientDataJSON": _text(client),
                "authenticatorData": _text(data),
                "signature": _text(signature),
                "userHandle": _text(self.user_handle),
            }
        )

    def _authenticator_data(self, rp_id: str, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0) | (_BACKUP if self.synced else 0)
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        name = _text(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }
