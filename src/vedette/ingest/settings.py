"""What the operator decides about camera connections."""

from pydantic import BaseModel, Field


class IngestSettings(BaseModel, frozen=True, extra="forbid"):
    """How cameras are connected to, given up and tried again."""

    connect_timeout_s: float = Field(
        default=10.0, gt=0, le=120, description="Seconds that a camera may take for one answer."
    )
    stall_timeout_s: float = Field(
        default=10.0,
        gt=0,
        le=600,
        description="Seconds of silence after which a connection is given up.",
    )
    retry_min_s: float = Field(
        default=1.0,
        gt=0,
        le=60,
        description="Seconds before the first new attempt; they double each time.",
    )
    retry_max_s: float = Field(
        default=30.0, gt=0, le=3600, description="Most seconds between two attempts."
    )
    refused_retry_min_s: float = Field(
        default=60.0,
        gt=0,
        le=3600,
        description="Seconds before a new attempt after refused credentials or an unknown codec; "
        "slow, so that a wrong password locks nobody out of the camera.",
    )
    refused_retry_max_s: float = Field(
        default=900.0, gt=0, le=86_400, description="Most seconds between two such attempts."
    )
    steady_s: float = Field(
        default=30.0,
        ge=0,
        le=3600,
        description="Seconds that a connection must have stood to count as good again.",
    )
    start_interval_s: float = Field(
        default=0.03, ge=0, le=10, description="Seconds between the starts of two streams."
    )
    max_bits_per_s: int = Field(
        default=100_000_000,
        ge=1_000_000,
        description="Bits per second above which a stream is cut off to protect its neighbours.",
    )
    max_frames_per_s: int = Field(
        default=240, ge=1, description="Frames per second above which a stream is cut off."
    )
    verify_tls: bool = Field(
        default=True,
        description="Whether the certificate of an rtsps camera must be valid for its host.",
    )
