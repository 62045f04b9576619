"""A camera, its streams, and what the operator wants of it."""

from dataclasses import dataclass, field
from enum import StrEnum


class StreamRole(StrEnum):
    """Which of a camera's streams: main is recorded, sub serves small tiles and analytics."""

    MAIN = "main"
    SUB = "sub"


class RecordingMode(StrEnum):
    """When a camera's footage is kept."""

    CONTINUOUS = "continuous"
    EVENT = "event"
    SCHEDULE = "schedule"
    OFF = "off"


class Transport(StrEnum):
    """How RTP travels."""

    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True, order=True)
class StreamKey:
    """Names one stream everywhere: in the hub, the catalogue and the metrics."""

    organisation: str
    camera: str
    role: StreamRole

    def __hash__(self) -> int:
        # Asked for every packet. A string remembers its hash; the made one would walk all three
        # fields, and the role's is computed in Python.
        return hash(self.camera) + (self.role is StreamRole.MAIN)


@dataclass(frozen=True, slots=True)
class SchedulePeriod:
    """A weekly period in which to record.

    Attributes:
        weekday: 0 is Monday, 6 is Sunday, in the camera's time zone.
        start_minute: Minutes after local midnight, 0 to 1439.
        end_minute: Excluded end, 1 to 1440, greater than ``start_minute``.
    """

    weekday: int
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class RecordingPolicy:
    """What to keep of a camera, and how long.

    Attributes:
        mode: When to record.
        pre_event_s: Seconds kept in memory ahead of an event, 0 to 60.
        post_event_s: Seconds recorded after the last trigger.
        schedule: Periods for ``RecordingMode.SCHEDULE``.
        time_zone: IANA name in which the schedule is meant.
        keep_s: Age at which footage may be erased, seconds; None keeps it until space is needed.
        keep_bytes: Most bytes to hold for the camera, of both streams together; None sets no limit.
        record_sub: Whether the sub stream is recorded too.
    """

    mode: RecordingMode = RecordingMode.CONTINUOUS
    pre_event_s: float = 10.0
    post_event_s: float = 30.0
    schedule: tuple[SchedulePeriod, ...] = ()
    time_zone: str = "UTC"
    keep_s: float | None = 30 * 86400.0
    keep_bytes: int | None = None
    record_sub: bool = False


@dataclass(frozen=True, slots=True)
class StreamSource:
    """Where one stream of a camera comes from.

    Attributes:
        driver: Name of an ingest driver: ``rtsp`` or ``libav``.
        address: URL without credentials, such as ``rtsp://192.0.2.7/main``.
        transport: How RTP travels; only the ``rtsp`` driver looks at it.
    """

    address: str
    driver: str = "rtsp"
    transport: Transport = Transport.TCP


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera that an organisation has added. Credentials are kept apart and sealed.

    Attributes:
        id: UUIDv7.
        organisation: Whose it is.
        name: What people call it; unique among the organisation's cameras that are not removed.
        streams: Main first; a camera has at least a main stream.
        policy: What to keep.
        onvif_address: Device service URL, when the camera speaks ONVIF.
        make: Manufacturer as the camera says it, or empty.
        model: As the camera says it, or empty.
        site: Identifier of the site where it is; None while nobody said.
        enabled: Whether Vedette connects to it at all.
        created_us: When it was added.
        removed_us: When it was removed; None while it is there.
    """

    id: str
    organisation: str
    name: str
    streams: dict[StreamRole, StreamSource]
    policy: RecordingPolicy = field(default_factory=RecordingPolicy)
    onvif_address: str | None = None
    make: str = ""
    model: str = ""
    site: str | None = None
    enabled: bool = True
    created_us: int = 0
    removed_us: int | None = None

    def key(self, role: StreamRole) -> StreamKey:
        """The key of one of its streams."""
        return StreamKey(self.organisation, self.id, role)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a camera asks for; never logged, shown or put into a URL."""

    username: str
    password: str = field(repr=False)
