"""What the operator decides about volumes."""

from pathlib import Path

from pydantic import BaseModel, Field

GIB = 1024**3


class VolumeSettings(BaseModel, frozen=True, extra="forbid"):
    """One place for footage."""

    path: Path = Field(description="Folder of the volume, usually the root of a mounted disk.")
    driver: str = Field(default="local", description="Storage driver.")
    reserve_bytes: int | None = Field(
        default=None,
        ge=0,
        description="Bytes of the file system that are never used; by default 5 % of it, at least "
        "1 GiB and at most 20 GiB.",
    )

    def reserve_of(self, total_bytes: int) -> int:
        """The reserve for a file system of ``total_bytes``."""
        if self.reserve_bytes is not None:
            return self.reserve_bytes
        return min(20 * GIB, max(GIB, total_bytes // 20))
