"""What the operator decides about recording."""

from pydantic import BaseModel, Field

MIB = 1024 * 1024


class RecordSettings(BaseModel, frozen=True, extra="forbid"):
    """How footage is cut, buffered and kept; what to keep is the camera's policy."""

    segment_s: float = Field(
        default=60.0, ge=2, le=3600, description="Length of a file in seconds; cut at a key frame."
    )
    fragment_s: float = Field(
        default=2.0,
        gt=0,
        le=10,
        description="Longest fragment in seconds, which is also what a crash may cost.",
    )
    fragment_bytes: int = Field(
        default=8 * MIB, ge=65_536, le=64 * MIB, description="Largest fragment in bytes."
    )
    commit_s: float = Field(
        default=1.0, gt=0, le=5, description="Seconds between two commits to the catalogue."
    )
    stream_buffer_bytes: int = Field(
        default=48 * MIB,
        ge=MIB,
        description="Most bytes of one stream on their way to the disk; beyond it footage is "
        "dropped and a gap says so.",
    )
    total_buffer_bytes: int = Field(
        default=768 * MIB, ge=MIB, description="Most bytes of all streams on their way to the disk."
    )
    event_buffer_bytes: int = Field(
        default=64 * MIB,
        ge=MIB,
        description="Most bytes of one stream kept in memory ahead of an event.",
    )
    retention_s: float = Field(
        default=20.0, gt=0, le=3600, description="Seconds between two rounds of retention."
    )
    foresight_s: float = Field(
        default=1800.0,
        ge=60,
        description="Space for this many seconds of recording is freed before it is needed.",
    )
    degrade_s: float = Field(
        default=300.0,
        ge=0,
        description="With space for fewer seconds than this and nothing left to erase, sub "
        "streams are recorded in place of main streams.",
    )
    accounts_keep_s: float = Field(
        default=400 * 86_400.0,
        ge=86_400,
        description="Age in seconds at which the account of losses, closed gaps and clock steps is "
        "forgotten.",
    )
