"""Making and checking passkeys (Web Authentication Level 3), by the library ``webauthn``."""

import json
from dataclasses import dataclass
from typing import Any, cast

import structlog
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from vedette.accounts.pending import Pending
from vedette.accounts.relying_party import RelyingParty
from vedette.base.clock import Clock
from vedette.base.errors import BeginAgain, Refused

LOG = structlog.get_logger(__name__)

CEREMONY_S = 300.0

# What a malformed answer of a browser, or of somebody who plays one, ends in.
_NONSENSE = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError)


@dataclass(frozen=True, slots=True)
class Begun:
    """A ceremony whose challenge a browser is answering.

    Attributes:
        organisation: Of the person; empty while signing in, when nobody is known yet.
        person: Identifier; empty while signing in.
        joins: Whether the person is about to be added by an invitation.
    """

    party: RelyingParty
    challenge: bytes
    organisation: str = ""
    person: str = ""
    joins: bool = False


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a browser's answer proves about a new passkey.

    Attributes:
        synced: Whether it lives in somebody's key ring and not in one device.
    """

    credential_id: bytes
    public_key: bytes
    sign_count: int
    synced: bool


class Ceremonies:
    """Challenges and answers; each challenge is taken once, and within five minutes."""

    def __init__(self, clock: Clock) -> None:
        self._begun: Pending[Begun] = Pending(clock, CEREMONY_S)

    def registration(
        self,
        party: RelyingParty,
        organisation: str,
        person: str,
        *,
        name: str,
        known: list[bytes],
        joins: bool = False,
    ) -> tuple[str, dict[str, Any]]:
        """Ask a browser for a new passkey that needs no name to be typed.

        Args:
            party: Who asks.
            organisation: Of the person.
            person: Identifier, which the passkey keeps as its user handle.
            name: Shown by the browser.
            known: Credential ids of the person, so that no device makes a second one.
            joins: Whether the person is about to be added.

        Returns:
            The secret that names the ceremony, and the options as JSON.
        """
        options = generate_registration_options(
            rp_id=party.id,
            rp_name="Vedette",
            user_id=person.encode(),
            user_name=name,
            user_display_name=name,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        )
        begun = Begun(party, options.challenge, organisation, person, joins)
        return self._begun.put(begun), json.loads(options_to_json(options))

    def authentication(self, party: RelyingParty) -> tuple[str, dict[str, Any]]:
        """Ask a browser for any passkey of ours; nobody is named.

        Returns:
            As ``registration``.
        """
        options = generate_authentication_options(
            rp_id=party.id, user_verification=UserVerificationRequirement.REQUIRED
        )
        return self._begun.put(Begun(party, options.challenge)), json.loads(
            options_to_json(options)
        )

    def joining(self, ceremony: str, organisation: str) -> str:
        """The identifier that somebody who joins an organisation will have.

        Raises:
            BeginAgain: Nobody joins it by this ceremony, or no longer.
        """
        begun = self._begun.look(ceremony)
        if not begun.joins or begun.organisation != organisation:
            raise BeginAgain("that was begun for something else; begin again")
        return begun.person

    def registered(
        self, ceremony: str, organisation: str, person: str, credential: dict[str, Any]
    ) -> NewKey:
        """Check the answer to ``registration``.

        Raises:
            BeginAgain: The ceremony is unknown, was finished, took too long, or is another's.
            Refused: The answer proves nothing.
        """
        begun = self._begun.take(ceremony)
        if (begun.organisation, begun.person) != (organisation, person):
            raise BeginAgain("that was begun by somebody else; begin again")
        try:
            proved = verify_registration_response(
                credential=credential,
                expected_challenge=begun.challenge,
                expected_rp_id=begun.party.id,
                expected_origin=list(begun.party.origins),
                require_user_verification=True,
            )
        except _NONSENSE as error:
            LOG.warning("accounts.passkey_refused", why=_why(error))
            raise Refused(
                "the passkey could not be checked; try again, or use another device"
            ) from None
        return NewKey(
            proved.credential_id,
            proved.credential_public_key,
            proved.sign_count,
            proved.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        )

    def signed(
        self, ceremony: str, credential: dict[str, Any], public_key: bytes, sign_count: int
    ) -> int:
        """Check the answer to ``authentication``.

        Args:
            ceremony: From ``authentication``; used up.
            credential: The browser's answer.
            public_key: Of the passkey that the answer names.
            sign_count: Its counter so far.

        Returns:
            The counter now.

        Raises:
            BeginAgain: The ceremony is unknown, was finished or took too long.
            Refused: The answer proves nothing; also when the counter did not grow, which a copied
                passkey would show (Web Authentication, 6.1.1).
        """
        begun = self._begun.take(ceremony)
        if begun.person:
            raise BeginAgain("that was begun for something else; begin again")
        try:
            proved = verify_authentication_response(
                credential=credential,
                expected_challenge=begun.challenge,
                expected_rp_id=begun.party.id,
                expected_origin=list(begun.party.origins),
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            )
        except _NONSENSE as error:
            LOG.warning("accounts.passkey_refused", why=_why(error))
            raise Refused("the passkey could not be checked; try again") from None
        return proved.new_sign_count


def credential_id_of(credential: dict[str, Any]) -> bytes:
    """Which passkey an answer is from, by its own account; empty when it says nothing sensible."""
    return _bytes_of(credential.get("rawId"))


def user_handle_of(credential: dict[str, Any]) -> str:
    """The person that the passkey was made for, by its own account; empty when it does not say."""
    response = credential.get("response")
    if not isinstance(response, dict):
        return ""
    handle = cast("dict[str, Any]", response).get("userHandle")
    return _bytes_of(handle).decode("utf-8", "replace")


def _bytes_of(value: Any) -> bytes:
    if not isinstance(value, str) or len(value) > 4_096:
        return b""
    try:
        return base64url_to_bytes(value)
    except ValueError:
        return b""


def _why(error: Exception) -> str:
    """The library's reason; it may repeat what was sent, which is no secret, but may be long."""
    return f"{type(error).__name__}: {error}"[:200]
