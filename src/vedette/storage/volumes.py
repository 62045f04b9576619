"""The volumes of an installation: opened together, filled in proportion, watched."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from vedette.base.errors import NotFound, StorageError
from vedette.model.health import VolumeHealth, VolumeState
from vedette.storage.installation import Installation
from vedette.storage.plan import choose_volume
from vedette.storage.ports import VOLUMES, Space, Volume, VolumeReader, VolumeRequest
from vedette.storage.settings import VolumeSettings

_log = structlog.get_logger(__name__)
_RATE_WINDOW_S = 600.0
_STRAINED = "room runs out and only protected footage is left; add a volume or lift protections"


@dataclass(slots=True)
class VolumeEntry:
    """One volume with what is known of it.

    Attributes:
        settings: As the operator wrote them.
        volume: None while it could not be opened.
        state: See VolumeState.
        detail: One sentence when something is wrong.
        space: As last measured.
        written_bytes: Promised to files since the last measurement.
        bytes_per_hour: Smoothed rate of writing.
        strained: Whether room is running out with nothing left to erase; it is still used.
    """

    settings: VolumeSettings
    volume: Volume | None = None
    state: VolumeState = VolumeState.MISSING
    detail: str = ""
    space: Space = field(default_factory=lambda: Space(0, 0))
    written_bytes: int = 0
    bytes_per_hour: float = 0.0
    strained: bool = False

    @property
    def reserve_bytes(self) -> int:
        """What is never used."""
        return self.settings.reserve_of(self.space.total_bytes)

    @property
    def room_bytes(self) -> int:
        """What may still be written; 0 or less when nothing may."""
        if self.state is not VolumeState.READY:
            return 0
        return self.space.free_bytes - self.written_bytes - self.reserve_bytes

    def health(self) -> VolumeHealth:
        """As an operator should see it."""
        ready = self.state is VolumeState.READY
        return VolumeHealth(
            id=self.volume.id if self.volume else "",
            path=str(self.settings.path),
            state=VolumeState.FULL if self.strained and ready else self.state,
            detail=_STRAINED if self.strained and ready else self.detail,
            total_bytes=self.space.total_bytes,
            free_bytes=self.space.free_bytes,
            reserve_bytes=self.reserve_bytes,
            bytes_per_hour=int(self.bytes_per_hour),
            write_ms=round(self.volume.write_ms, 3) if self.volume else 0.0,
        )


class Volumes:
    """Every volume that the settings name; one that cannot be used stays listed with its reason.

    Args:
        data: Folder of the installation's own records.
        settings: One entry for each volume.
        owner: Names the running Vedette that all its worker processes share.
        read_only: Open beside a running Vedette, to read only.
    """

    def __init__(
        self,
        data: Path,
        settings: Sequence[VolumeSettings],
        *,
        owner: str = "",
        read_only: bool = False,
    ) -> None:
        self._data = data
        self._owner = owner
        self._read_only = read_only
        self._installation = Installation.load(data)
        self._measured_s = time.monotonic()
        self.entries = [VolumeEntry(one) for one in settings]

    async def open(self) -> None:
        """Open every volume; those that fail are logged and stay MISSING.

        Raises:
            ConfigError: The data folder cannot be written, or a driver is unknown.
        """
        for entry in self.entries:
            await self.open_entry(entry)

    async def open_entry(self, entry: VolumeEntry) -> None:
        """Try to open one volume that is not open; see ``entry.state`` for the outcome."""
        key = str(entry.settings.path.absolute())
        request = VolumeRequest(
            root=entry.settings.path,
            installation=self._installation.id,
            expected=self._installation.volumes.get(key),
            owner=self._owner,
            read_only=self._read_only,
        )
        volume = VOLUMES.load(entry.settings.driver)(request)
        try:
            await volume.open()
            entry.space = await volume.space()
        except StorageError as error:
            await volume.close()
            if entry.detail != str(error):
                _log.error("storage.volume_refused", path=key, problem=str(error))
            entry.state, entry.detail = VolumeState.MISSING, str(error)
            return
        entry.volume, entry.state, entry.detail = volume, VolumeState.READY, ""
        if self._installation.volumes.get(key) != volume.id and not self._read_only:
            self._installation = self._installation.with_volume(key, volume.id)
            self._installation.save(self._data)

    async def close(self) -> None:
        """Carry out what was appended, then let go of every volume; may be called twice."""
        for entry in self.entries:
            if entry.volume is not None:
                await entry.volume.close()

    def entry(self, volume: str) -> VolumeEntry:
        """The entry of an open volume.

        Raises:
            NotFound: No open volume has that identifier.
        """
        for entry in self.entries:
            if entry.volume is not None and entry.volume.id == volume:
                return entry
        raise NotFound(f"volume {volume} is not mounted; see the volumes page or vedette doctor")

    def volume(self, volume: str) -> Volume:
        """An open volume.

        Raises:
            NotFound: No open volume has that identifier.
        """
        opened = self.entry(volume).volume
        if opened is None:
            raise NotFound(f"volume {volume} is not mounted")
        return opened

    def reader(self, volume: str) -> VolumeReader:
        """An open volume, for reading.

        Raises:
            NotFound: No open volume has that identifier.
        """
        return self.volume(volume)

    def choose(self, seed: str, expected_bytes: int = 0) -> Volume | None:
        """The volume for a new file; None when none has room.

        Args:
            seed: Names the file.
            expected_bytes: How large the file may become; counted until the next measurement.
        """
        rooms = {
            entry.volume.id: entry.room_bytes for entry in self.entries if entry.volume is not None
        }
        chosen = choose_volume(rooms, seed)
        if chosen is None:
            return None
        entry = self.entry(chosen)
        entry.written_bytes += expected_bytes
        return entry.volume

    def condemn(self, volume: str, detail: str) -> VolumeHealth:
        """A write or sync failed: the volume takes no more footage until Vedette starts anew."""
        entry = self.entry(volume)
        entry.state, entry.detail = VolumeState.CONDEMNED, detail
        return entry.health()

    def mark_full(self, volume: str, detail: str) -> VolumeHealth:
        """No room is left; ``measure`` lifts it once there is room again."""
        entry = self.entry(volume)
        if entry.state is VolumeState.READY:
            entry.state, entry.detail = VolumeState.FULL, detail
        return entry.health()

    async def measure(self, written_bytes: dict[str, int] | None = None) -> None:
        """Measure the space of every volume anew, and try those that were missing.

        Args:
            written_bytes: What was written since the last call, by volume, for the rate.
        """
        now_s = time.monotonic()
        elapsed_s = max(0.001, now_s - self._measured_s)
        self._measured_s = now_s
        for entry in self.entries:
            if entry.volume is None:
                await self.open_entry(entry)
                continue
            try:
                entry.space = await entry.volume.space()
            except StorageError as error:
                entry.state, entry.detail = VolumeState.CONDEMNED, str(error)
                continue
            entry.written_bytes = 0
            written = (written_bytes or {}).get(entry.volume.id, 0)
            share = min(1.0, elapsed_s / _RATE_WINDOW_S)
            if entry.bytes_per_hour <= 0:
                share = 1.0
            entry.bytes_per_hour += share * (written * 3600 / elapsed_s - entry.bytes_per_hour)
            if entry.state is VolumeState.FULL and entry.space.free_bytes > entry.reserve_bytes:
                entry.state, entry.detail = VolumeState.READY, ""

    def health(self) -> list[VolumeHealth]:
        """Every volume as an operator should see it."""
        return [entry.health() for entry in self.entries]
