"""What an operator may set about live view and replay."""

from pydantic import BaseModel, Field


class PlaybackSettings(BaseModel, frozen=True, extra="forbid"):
    """Limits of live view and replay."""

    viewer_queue_bytes: int = Field(
        default=4 * 1024 * 1024,
        ge=256 * 1024,
        le=256 * 1024 * 1024,
        description="Most bytes that wait for one live viewer before frames are dropped for it.",
    )
    viewer_queue_s: float = Field(
        default=4.0,
        gt=0,
        le=60,
        description="Longest time that frames wait for one live viewer before they are dropped, "
        "seconds.",
    )
    linger_s: float = Field(
        default=5.0,
        ge=0,
        le=600,
        description="How long a live stream is kept ready after its last viewer left, seconds.",
    )
    max_viewers: int = Field(
        default=1000, ge=1, le=100_000, description="Most live viewers at once, in all."
    )
    max_encoded_sounds: int = Field(
        default=32,
        ge=0,
        le=1000,
        description="Most cameras whose sound is turned into Opus at once, for listeners whose "
        "browser does not play it; each takes about 0.4 % of a core.",
    )
    max_encoded_pictures: int = Field(
        default=1,
        ge=0,
        le=100,
        description="Most cameras whose H.265 pictures are turned into VP9 at once, for browsers "
        "that do not play H.265, while somebody watches; each takes a quarter of a core or more.",
    )
    snapshot_threads: int = Field(
        default=1, ge=1, le=64, description="Threads that decode pictures for posters."
    )
    snapshot_cache_bytes: int = Field(
        default=32 * 1024 * 1024,
        ge=0,
        le=4 * 1024**3,
        description="Most bytes of finished JPEG pictures kept in memory.",
    )
    thumbnail_cache_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=0,
        le=16 * 1024**3,
        description="Most bytes of small pictures for the timeline kept in memory.",
    )
    thumbnail_queue: int = Field(
        default=64,
        ge=1,
        le=10_000,
        description="Most small pictures that wait to be decoded, one at a time and with low "
        "priority; the oldest is given up for a newer one.",
    )
