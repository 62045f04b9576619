"""One OpenID provider: where it is, which keys it signs with, what it says of somebody.

OpenID Connect Core 1.0 (authorisation code flow) with PKCE (RFC 7636), discovery (OpenID Connect
Discovery 1.0) and key sets (RFC 7517). Tokens are checked by ``joserfc``.
"""

import base64
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from vedette.accounts.settings import SignOnSettings, is_safe_address
from vedette.base.errors import ConfigError, VedetteError

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "Ed25519"]
"""All asymmetric: a client secret is no key to sign people in with, and ``none`` signs nothing."""
_KEEP_S = 3_600.0
_KEYS_AGAIN_S = 30.0
"""An unknown key is looked for at most this often, so that made-up tokens cost nobody anything."""
_LEEWAY_S = 60
_MOST_BYTES = 1_000_000


class ProviderTrouble(VedetteError):
    """The provider cannot be reached, or says what it must not; for the log, not for a browser."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What discovery says, as far as we use it."""

    authorization: str
    token: str
    keys: str
    userinfo: str
    methods: tuple[str, ...]
    names_issuer: bool


class OpenIdProvider:
    """Speaks to one provider.

    Args:
        settings: The operator's.
        http: Shared; without redirects.
        now_s: Unix time, for the age of tokens.
    """

    def __init__(
        self, settings: SignOnSettings, http: httpx.AsyncClient, now_s: Callable[[], int]
    ) -> None:
        self.settings = settings
        self._http = http
        self._now_s = now_s
        self._issuer = settings.issuer
        self._endpoints: tuple[float, Endpoints] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def address(self, *, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser.

        Args:
            redirect_uri: Where the provider sends it back to.
            state: Comes back with it.
            nonce: Comes back within the token.
            verifier: Of PKCE, 43 to 128 characters; only its hash is sent now.

        Raises:
            ProviderTrouble: The provider does not answer sensibly.
        """
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(("openid", *self.settings.scopes)),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        found = (await self.endpoints()).authorization
        return f"{found}{'&' if urlsplit(found).query else '?'}{urlencode(query)}"

    async def claims(
        self, *, issuer: str | None, code: str, redirect_uri: str, nonce: str, verifier: str
    ) -> dict[str, Any]:
        """Exchange a code for what the provider says of the person, checked.

        Args:
            issuer: Who answered, when the answer says so; it must be who was asked (RFC 9207).
            code: From the answer.
            redirect_uri: As in ``address``.
            nonce: As in ``address``.
            verifier: As in ``address``.

        Raises:
            ProviderTrouble: The provider does not answer sensibly, or its token does not hold.
        """
        endpoints = await self.endpoints()
        if (issuer is not None or endpoints.names_issuer) and issuer != self._issuer:
            raise ProviderTrouble("another issuer answered")
        tokens = await self._exchange(endpoints, code, redirect_uri, verifier)
        proved = await self._checked(str(tokens.get("id_token", "")), nonce)
        access = tokens.get("access_token")
        if not endpoints.userinfo or not isinstance(access, str):
            return proved
        more = await self._get(endpoints.userinfo, {"Authorization": f"Bearer {access}"})
        if more.get("sub") != proved["sub"]:
            raise ProviderTrouble("userinfo speaks of somebody else than the token")
        return more | proved

    async def endpoints(self) -> Endpoints:
        """Where the provider's parts are; asked once an hour.

        Raises:
            ProviderTrouble: It does not answer, or calls itself otherwise.
        """
        if self._endpoints is not None and time.monotonic() - self._endpoints[0] < _KEEP_S:
            return self._endpoints[1]
        base = self._issuer.rstrip("/")
        told = await self._get(f"{base}/.well-known/openid-configuration")
        if told.get("issuer") != self._issuer:
            raise ProviderTrouble(f"the provider calls itself {told.get('issuer')!r}")
        methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        found = Endpoints(
            authorization=self._address(told, "authorization_endpoint"),
            token=self._address(told, "token_endpoint"),
            keys=self._address(told, "jwks_uri"),
            userinfo=self._address(told, "userinfo_endpoint", required=False),
            methods=tuple(str(one) for one in methods),
            names_issuer=told.get("authorization_response_iss_parameter_supported") is True,
        )
        self._endpoints = (time.monotonic(), found)
        return found

    async def _exchange(
        self, endpoints: Endpoints, code: str, redirect_uri: str, verifier: str
    ) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        try:
            secret = self.settings.client_secret()
        except ConfigError as error:  # it was there at the start
            raise ProviderTrouble(str(error)) from None
        headers = {"Accept": "application/json"}
        if secret and "client_secret_basic" in endpoints.methods:
            # Both parts are form-encoded first (RFC 6749, 2.3.1).
            pair = f"{quote(self.settings.client_id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form["client_id"] = self.settings.client_id
            if secret:
                form["client_secret"] = secret
        return await self._answer(
            self._http.build_request("POST", endpoints.token, data=form, headers=headers)
        )

    async def _checked(self, token: str, nonce: str) -> dict[str, Any]:
        """The claims of an identity token (OpenID Connect Core, 3.1.3.7)."""
        keys = await self._keys_for(token)
        registry = jwt.JWTClaimsRegistry(
            now=self._now_s,
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self.settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            decoded = jwt.decode(token, keys, algorithms=_ALGORITHMS)
            registry.validate(decoded.claims)
        except (JoseError, ValueError) as error:
            raise ProviderTrouble(f"the token does not hold: {type(error).__name__}") from None
        claims: dict[str, Any] = decoded.claims
        if "azp" in claims and claims["azp"] != self.settings.client_id:
            raise ProviderTrouble("the token was made for another client")
        return claims

    async def _keys_for(self, token: str) -> KeySet:
        """The provider's keys; asked again when it signs with one that is not known yet."""
        try:
            kid = jws.extract_compact(token.encode()).headers().get("kid")
        except (JoseError, ValueError):
            raise ProviderTrouble("the provider sent no identity token") from None
        if self._keys is not None:
            asked_s, keys = self._keys
            age_s = time.monotonic() - asked_s
            known = kid is None or any(key.kid == kid for key in keys.keys)
            if age_s < (_KEEP_S if known else _KEYS_AGAIN_S):
                return keys
        told = await self._get((await self.endpoints()).keys)
        try:
            keys = KeySet.import_key_set(cast("Any", told))
        except (JoseError, ValueError, KeyError, TypeError):
            raise ProviderTrouble("the provider's keys cannot be read") from None
        self._keys = (time.monotonic(), keys)
        return keys

    async def _get(self, address: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        request = self._http.build_request(
            "GET", address, headers={"Accept": "application/json", **(headers or {})}
        )
        return await self._answer(request)

    async def _answer(self, request: httpx.Request) -> dict[str, Any]:
        # Neither the request, which may carry the client's secret, nor the answer, which may carry
        # tokens, is ever part of an error.
        where = f"{request.url.host}{request.url.path}"
        try:
            response = await self._http.send(request)
        except httpx.HTTPError as error:
            raise ProviderTrouble(f"{where} does not answer: {type(error).__name__}") from None
        if not response.is_success or len(response.content) > _MOST_BYTES:
            raise ProviderTrouble(f"{where} answered {response.status_code}{_oauth(response)}")
        try:
            told: Any = response.json()
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise ProviderTrouble(f"{where} sent no JSON object")
        return cast("dict[str, Any]", told)

    def _address(self, told: dict[str, Any], name: str, *, required: bool = True) -> str:
        """An address from discovery, on https unless the issuer itself is on this machine."""
        address = told.get(name)
        if address is None and not required:
            return ""
        if not isinstance(address, str) or not is_safe_address(address):
            raise ProviderTrouble(f"discovery names no usable {name}")
        return address


def _oauth(response: httpx.Response) -> str:
    """The error's name by RFC 6749, 5.2, when the answer carries one."""
    try:
        told: Any = response.json()
    except ValueError:
        return ""
    name = cast("dict[str, Any]", told).get("error") if isinstance(told, dict) else None
    return f" ({name})" if isinstance(name, str) and name.isidentifier() else ""
