"""Every topic in one file: what is said, by whom, to whom."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from vedette.model.camera import StreamKey
from vedette.model.export import ExportState
from vedette.model.health import StreamHealth, VolumeHealth

Message = TypeVar("Message")


@dataclass(frozen=True)
class Topic(Generic[Message]):
    """A named kind of message.

    Attributes:
        name: Dotted, also the subject on a network bus.
        type: A frozen dataclass that pydantic can turn into JSON and back.
    """

    name: str
    type: type[Message]

    def encode(self, message: Message) -> bytes:
        """The message as JSON."""
        return TypeAdapter(self.type).dump_json(message)

    def decode(self, data: bytes) -> Message:
        """The message from JSON.

        Raises:
            pydantic.ValidationError: The bytes are no such message.
        """
        return TypeAdapter(self.type).validate_json(data)


class CameraChange(StrEnum):
    """What happened to a camera's settings."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class CameraChanged:
    """A camera was added, edited or removed; said by the API or the command line."""

    organisation: str
    camera: str
    change: CameraChange


class WallChange(StrEnum):
    """What happened to a saved wall."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class WallChanged:
    """A wall was made, changed or removed; said by the API.

    Attributes:
        owner: The person who alone sees it; None when the organisation shares it.
        revision: Of the wall as it is now, or was when it was removed.
    """

    organisation: str
    wall: str
    owner: str | None
    change: WallChange
    revision: int


@dataclass(frozen=True, slots=True)
class SpotTaken:
    """Every spot of the organisation's walls is to show a camera; said by the API, or an alarm.

    Attributes:
        reason: A few words for whoever watches, or empty.
        at_us: When.
    """

    organisation: str
    camera: str
    reason: str
    at_us: int


class SiteChange(StrEnum):
    """What happened to a site."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class SiteChanged:
    """A site was added, edited or removed; said by the API."""

    organisation: str
    site: str
    change: SiteChange


class BookmarkChange(StrEnum):
    """What happened to a bookmark."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class BookmarkChanged:
    """A bookmark was made, edited or deleted; said by the API."""

    organisation: str
    bookmark: str
    change: BookmarkChange


@dataclass(frozen=True, slots=True)
class CameraSteered:
    """Somebody took a camera that can turn, or let it go; said by ingest.

    Attributes:
        by: Name of the person; empty when nobody holds it.
    """

    organisation: str
    camera: str
    by: str


@dataclass(frozen=True, slots=True)
class FootageGrew:
    """A fragment became safe on disk and visible in the catalogue; said by record."""

    stream: StreamKey
    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class RecordingTrigger:
    """Keep footage of a camera in event mode until ``until_us``; said by rules or by a person."""

    organisation: str
    camera: str
    until_us: int
    reason: str


@dataclass(frozen=True, slots=True)
class RecordingDegraded:
    """Space is short and nothing may be erased: record sub streams only; said by record.

    Attributes:
        degraded: False when there is room again.
        detail: One sentence for the operator.
    """

    degraded: bool
    detail: str


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """Somebody may be signed out, or may do less or more; whoever serves them looks again.

    Said by the API after a session, token, password or right changed.

    Attributes:
        person: Whose access; None when it may be anybody's of the organisation.
    """

    organisation: str
    person: str | None = None


@dataclass(frozen=True, slots=True)
class ShareChanged:
    """A share was made or ended; said by the API. Whoever looks through it is asked again.

    Attributes:
        organisation: Who owns the cameras.
        recipient: The organisation that may look; None for a link.
    """

    organisation: str
    share: str
    recipient: str | None


@dataclass(frozen=True, slots=True)
class ShareUsed:
    """Somebody began or ceased to look through a share; said by the API.

    Attributes:
        organisation: In whose event log it stands, the owner's or the recipient's.
    """

    organisation: str
    share: str


@dataclass(frozen=True, slots=True)
class ExportChanged:
    """An export came to another state, or further; said by export.

    Attributes:
        done_bytes: Of ``total_bytes``, which is an estimate.
        done_us: Footage copied, of ``total_us``.
        gone: Whether it was deleted.
    """

    organisation: str
    export: str
    state: ExportState
    done_bytes: int
    total_bytes: int
    done_us: int
    total_us: int
    gone: bool


CAMERA_CHANGED = Topic("camera.changed", CameraChanged)
WALL_CHANGED = Topic("wall.changed", WallChanged)
SPOT_TAKEN = Topic("spot.taken", SpotTaken)
SITE_CHANGED = Topic("site.changed", SiteChanged)
BOOKMARK_CHANGED = Topic("bookmark.changed", BookmarkChanged)
CAMERA_STEERED = Topic("camera.steered", CameraSteered)
STREAM_HEALTH = Topic("stream.health", StreamHealth)
FOOTAGE_GREW = Topic("footage.grew", FootageGrew)
RECORDING_TRIGGER = Topic("recording.trigger", RecordingTrigger)
RECORDING_DEGRADED = Topic("recording.degraded", RecordingDegraded)
VOLUME_HEALTH = Topic("volume.health", VolumeHealth)
ACCESS_CHANGED = Topic("access.changed", AccessChanged)
SHARE_CHANGED = Topic("share.changed", ShareChanged)
SHARE_USED = Topic("share.used", ShareUsed)
EXPORT_CHANGED = Topic("export.changed", ExportChanged)

TOPICS = (
    CAMERA_CHANGED,
    SITE_CHANGED,
    BOOKMARK_CHANGED,
    CAMERA_STEERED,
    WALL_CHANGED,
    SPOT_TAKEN,
    STREAM_HEALTH,
    FOOTAGE_GREW,
    RECORDING_TRIGGER,
    RECORDING_DEGRADED,
    VOLUME_HEALTH,
    ACCESS_CHANGED,
    SHARE_CHANGED,
    SHARE_USED,
    EXPORT_CHANGED,
)
