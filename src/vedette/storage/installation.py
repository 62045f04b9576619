"""What an installation remembers between runs: its own identifier, and which volume is where."""

import contextlib
import os
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from vedette.base.errors import ConfigError
from vedette.base.ids import new_id
from vedette.storage.identity import sync_folder

_NAME = "installation.json"


class Installation(BaseModel, frozen=True, extra="forbid"):
    """Contents of ``installation.json`` in the data folder.

    Attributes:
        id: UUIDv7 of the installation.
        volumes: Volume identifier by the path at which it was last seen.
    """

    id: str = Field(default_factory=new_id)
    volumes: dict[str, str] = Field(default_factory=dict[str, str])

    @classmethod
    def load(cls, data: Path) -> "Installation":
        """Read it, or make it on the first run.

        Raises:
            ConfigError: The file makes no sense or cannot be read or written.
        """
        file = data / _NAME
        try:
            return cls.model_validate_json(file.read_bytes())
        except FileNotFoundError:
            installation = cls()
            installation.save(data)
            return installation
        except (OSError, ValidationError) as error:
            raise ConfigError(
                f"{file} cannot be read ({type(error).__name__}); restore it from a backup"
            ) from error

    def with_volume(self, path: str, volume: str) -> "Installation":
        """The same with one volume remembered."""
        return self.model_copy(update={"volumes": {**self.volumes, path: volume}})

    def save(self, data: Path) -> None:
        """Write it durably, whole or not at all.

        Raises:
            ConfigError: The data folder cannot be written.
        """
        fresh = data / f"{_NAME}.{os.getpid()}.new"
        try:
            data.mkdir(parents=True, exist_ok=True)
            with fresh.open("wb") as file:
                file.write(self.model_dump_json(indent=2).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.rename(data / _NAME)
            sync_folder(data)
        except OSError as error:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise ConfigError(
                f"{data} cannot be written ({error.strerror or error}); choose another data folder"
            ) from error
