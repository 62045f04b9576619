"""What an operator may choose about signing in."""

import os
import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from vedette.base.errors import ConfigError
from vedette.model.person import DEFAULT_ORGANISATION


class AccountSettings(BaseModel):
    """Passwords, sessions and the pace of attempts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password_min_length: int = Field(
        default=10, ge=8, le=128, description="Fewest characters of a new password."
    )
    breached_passwords: Path | None = Field(
        default=None,
        description="File with the SHA-1 of passwords that attackers know, one a line in "
        "hexadecimal, sorted; new passwords on it are refused. It is searched where it lies.",
    )
    session_idle_s: float = Field(
        default=7 * 86_400.0,
        gt=0,
        description="Seconds without a request after which a session ends.",
    )
    session_max_s: float = Field(
        default=30 * 86_400.0, gt=0, description="Seconds after which a session ends in any case."
    )
    name_attempts: int = Field(
        default=10, ge=1, description="Wrong passwords in a row that one name allows at once."
    )
    name_recovery_s: float = Field(
        default=30.0,
        gt=0,
        description="Seconds after which one more attempt for a name is allowed.",
    )
    source_attempts: int = Field(
        default=30, ge=1, description="Wrong passwords that one network address allows at once."
    )
    source_recovery_s: float = Field(
        default=10.0,
        gt=0,
        description="Seconds after which one more attempt from an address is allowed.",
    )
    code_attempts: int = Field(
        default=5, ge=1, description="Wrong codes in a row that one person's second step allows."
    )
    code_recovery_s: float = Field(
        default=120.0,
        gt=0,
        description="Seconds after which one more code of a person is looked at.",
    )
    prove_again_s: float = Field(
        default=900.0,
        gt=0,
        description="Seconds after signing in during which passwords, passkeys and second factors "
        "may be changed; later the console asks to sign in once more.",
    )
    hash_memory_kib: int = Field(
        default=65_536, ge=8, description="Memory for one password hash (Argon2id), KiB."
    )
    hash_passes: int = Field(default=3, ge=1, description="Passes of one password hash (Argon2id).")
    hash_lanes: int = Field(default=4, ge=1, description="Lanes of one password hash (Argon2id).")


class SignOnRole(BaseModel):
    """Which role a provider's group holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str = Field(min_length=1, description="As the groups claim names it.")
    role: str = Field(
        min_length=1,
        description="viewer, operator, administrator, auditor, or the name of a role of your own.",
    )
    site: str = Field(default="", description="Name of the site where it holds; empty: everywhere.")
    camera_group: str = Field(
        default="", description="Or: name of the camera group for which it holds."
    )

    @model_validator(mode="after")
    def _one_place(self) -> "SignOnRole":
        if self.site and self.camera_group:
            raise ValueError("name a site or a camera group, not both")
        return self


class SignOnSettings(BaseModel):
    """A provider of single sign-on (OpenID Connect)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        min_length=1, max_length=60, description="What people know it by; stands on the button."
    )
    issuer: str = Field(
        description="Its address, exactly as its discovery document says; https, unless it runs on "
        "this machine. Register there: PUBLIC_URL/api/v1/session/sign-on/callback."
    )
    client_id: str = Field(min_length=1, description="By which the provider knows Vedette.")
    client_secret_file: Path | None = Field(
        default=None, description="File that holds the client's secret and nothing else."
    )
    client_secret_env: str = Field(
        default="", description="Or: name of an environment variable that holds it."
    )
    organisation: str = Field(
        default=DEFAULT_ORGANISATION, description="To which its people belong."
    )
    scopes: tuple[str, ...] = Field(
        default=("profile", "email"), description="Asked for beside openid."
    )
    subject_claim: str = Field(
        default="sub",
        description="Claim by which a person is recognised; it must never change nor be given to "
        "somebody else, so never an e-mail address.",
    )
    name_claim: str = Field(
        default="preferred_username", description="Claim that names a person who is added."
    )
    groups_claim: str = Field(default="groups", description="Claim that lists a person's groups.")
    unknown: Literal["refuse", "add"] = Field(
        default="refuse",
        description="What happens to people who are linked with nobody here: refused, until they "
        "link it on their account's page, or added.",
    )
    added_role: str = Field(
        default="",
        description="Role that people get everywhere when they are added: viewer, operator, "
        "administrator, auditor or the name of a role of your own. Empty: none, they see nothing "
        "until somebody gives one.",
    )
    roles: tuple[SignOnRole, ...] = Field(
        default=(),
        description='Roles of groups, such as [{ group = "guards", role = "operator", site = '
        '"School" }] (site may be left out, or be a camera_group). Looked at whenever somebody '
        "signs on: members get the role, who left the group loses it; roles that a person gave "
        "stay.",
    )
    allowed_domains: tuple[str, ...] = Field(
        default=(), description="Domains of verified e-mail addresses that are let in; empty: all."
    )
    allowed_groups: tuple[str, ...] = Field(
        default=(), description="Groups of which one is needed to be let in; empty: none needed."
    )

    @field_validator("issuer")
    @classmethod
    def _on_a_safe_way(cls, issuer: str) -> str:
        if not is_safe_address(issuer):
            raise ValueError("must be an https address")
        return issuer

    @field_validator("subject_claim")
    @classmethod
    def _lasting(cls, claim: str) -> str:
        if claim in {"email", "preferred_username", "name", "phone_number"}:
            raise ValueError(
                "may be given to somebody else one day; use sub, or what is as lasting"
            )
        return claim

    @property
    def id(self) -> str:
        """The name for addresses: small letters, digits and hyphens."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-") or "provider"

    def client_secret(self) -> str:
        """The secret as it is now; empty for a public client.

        Raises:
            ConfigError: It is kept somewhere, but cannot be read there.
        """
        if self.client_secret_file is not None:
            try:
                return self.client_secret_file.read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError):
                raise ConfigError(
                    f"{self.client_secret_file}, the client's secret of {self.name}, cannot be read"
                ) from None
        if not self.client_secret_env:
            return ""
        secret = os.environ.get(self.client_secret_env, "")
        if not secret:
            raise ConfigError(f"{self.client_secret_env} is not set; {self.name} needs it")
        return secret


def is_safe_address(address: str) -> bool:
    """Whether an address is on https, or on this machine."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
