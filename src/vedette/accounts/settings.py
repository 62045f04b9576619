"""What an operator may choose about signing in."""

from pydantic import BaseModel, ConfigDict, Field


class AccountSettings(BaseModel):
    """Passwords, sessions and the pace of attempts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password_min_length: int = Field(
        default=10, ge=8, le=128, description="Fewest characters of a new password."
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
