"""The whole configuration as one typed tree; loading it reads files and environment, no more.

Order of precedence: command line, environment (``VEDETTE_SERVER__PORT=8480``), the TOML file, the
defaults. Unknown keys are refused. Cameras, people and rules are data behind the API, not
configuration.
"""

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from vedette.accounts.settings import AccountSettings, SignOnSettings
from vedette.base.errors import ConfigError
from vedette.export.settings import ExportSettings
from vedette.ingest.settings import IngestSettings
from vedette.playback.settings import PlaybackSettings
from vedette.record.settings import RecordSettings
from vedette.storage.settings import VolumeSettings

FILE_NAME = "vedette.toml"
"""The file that is read from the data folder when no other is named."""


class DatabaseSettings(BaseModel, frozen=True, extra="forbid"):
    """Where the catalogue, the cameras and the people are kept."""

    url: str = Field(
        default="",
        description="SQLAlchemy address of PostgreSQL, such as postgresql+psycopg://vedette@db/"
        "vedette; empty keeps a SQLite file in the data folder. Give a password through the "
        "environment or a PostgreSQL password file, not here.",
    )


class ServerSettings(BaseModel, frozen=True, extra="forbid"):
    """The web server."""

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on; 0.0.0.0 for all, behind a proxy that ends TLS.",
    )
    port: int = Field(default=8480, ge=0, le=65535, description="TCP port; 0 picks a free one.")
    public_url: str = Field(
        default="",
        description="Address that browsers use, such as https://video.example.org; empty takes "
        "what they send. With https the session cookie is marked Secure.",
    )
    tls_certificate: Path | None = Field(
        default=None, description="PEM file with the certificate chain; serves https by itself."
    )
    tls_key: Path | None = Field(default=None, description="PEM file with the private key.")
    congestion: str = Field(
        default="bbr",
        max_length=15,
        description="How TCP answers lost packets, as Linux names it; bbr keeps live pictures "
        "close to now on links that lose some. Empty, or one that the system lacks, leaves it to "
        "the system.",
    )


class LogSettings(BaseModel, frozen=True, extra="forbid"):
    """What is written to stderr."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severity that is written."
    )
    json_lines: bool = Field(default=False, description="One JSON object a line, for collectors.")


class Settings(BaseSettings):
    """Everything that an operator may set."""

    model_config = SettingsConfigDict(
        env_prefix="VEDETTE_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    data: Path = Field(
        default=Path("vedette-data"),
        description="Folder for the database, the keys and, unless volumes are named, the footage.",
    )
    workers: int = Field(
        default=0,
        ge=0,
        le=256,
        description="Processes that take cameras; 0 does everything in one process, which carries "
        "about 100 cameras. One per core is the most that helps.",
    )
    server: ServerSettings = Field(default=ServerSettings(), description="The web server.")
    database: DatabaseSettings = Field(default=DatabaseSettings(), description="The database.")
    volumes: tuple[VolumeSettings, ...] = Field(
        default=(),
        description="Places for footage, balanced by free space; none means DATA/footage.",
    )
    ingest: IngestSettings = Field(default=IngestSettings(), description="Camera connections.")
    record: RecordSettings = Field(default=RecordSettings(), description="Recording.")
    playback: PlaybackSettings = Field(
        default=PlaybackSettings(), description="Live view and replay."
    )
    exports: ExportSettings = Field(default=ExportSettings(), description="Footage to take away.")
    accounts: AccountSettings = Field(default=AccountSettings(), description="Sign-in.")
    sign_on: tuple[SignOnSettings, ...] = Field(
        default=(),
        description="Providers of single sign-on (OpenID Connect), each with a button on the "
        "sign-in page.",
    )
    log: LogSettings = Field(default=LogSettings(), description="Logging.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, which ``load`` passes in as initial values."""
        del settings_cls, dotenv_settings, file_secret_settings
        return (env_settings, init_settings)

    @property
    def database_url(self) -> str:
        """The database to open."""
        return self.database.url or f"sqlite:///{(self.data / 'vedette.db').resolve()}"

    @property
    def key_file(self) -> Path:
        """The key that seals credentials."""
        return self.data / "keys" / "sealing.key"

    @property
    def export_folder(self) -> Path:
        """Where finished exports lie."""
        return self.exports.folder or self.data / "exports"

    @property
    def footage_volumes(self) -> tuple[VolumeSettings, ...]:
        """The volumes, or the one that every installation has."""
        return self.volumes or (VolumeSettings(path=self.data / "footage"),)


def load(
    file: Path | None = None, *, data: Path | None = None, port: int | None = None
) -> Settings:
    """Read the configuration.

    Args:
        file: A TOML file; None looks for ``vedette.toml`` in the data folder.
        data: From the command line; wins over everything.
        port: From the command line; wins over everything.

    Raises:
        ConfigError: The file is missing or no TOML, a key is unknown, or a value makes no sense;
            the text names file and key.
    """
    folder = data or Path(os.environ.get("VEDETTE_DATA", "vedette-data"))
    chosen = file or folder / FILE_NAME
    values = _read(chosen) if file or chosen.exists() else {}
    values.setdefault("data", folder)
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise ConfigError(_in_words(error, chosen)) from None
    return _with_arguments(settings, data, port)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"there is no configuration file {file}") from None
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not valid TOML: {error}") from None


def _with_arguments(settings: Settings, data: Path | None, port: int | None) -> Settings:
    changes: dict[str, Any] = {}
    if data is not None:
        changes["data"] = data
    if port is not None:
        changes["server"] = settings.server.model_copy(update={"port": port})
    return settings.model_copy(update=changes)


def _in_words(error: ValidationError, file: Path) -> str:
    problems = [
        f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg'].lower()}"
        for problem in error.errors(include_url=False, include_input=False)
    ]
    return f"the configuration ({file} and VEDETTE_ variables) has a fault: {'; '.join(problems)}"
