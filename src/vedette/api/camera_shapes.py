"""A camera as JSON, both ways."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, SecretStr, model_validator

from vedette.accounts.access import Access
from vedette.api.fields import Line, Uuid
from vedette.base.clock import Clock
from vedette.base.ids import new_id
from vedette.cameras.address import source_at
from vedette.model.camera import (
    Camera,
    Credentials,
    RecordingMode,
    RecordingPolicy,
    SchedulePeriod,
    StreamKey,
    StreamRole,
    Transport,
)
from vedette.model.health import StreamHealth, StreamState
from vedette.model.rights import OF_CAMERAS, OF_FOOTAGE, Right

Address = Annotated[
    str,
    Field(
        max_length=2000,
        pattern=r"^[^\x00-\x20\x7f]+$",
        description="Stream URL, such as rtsp://192.0.2.7/main; credentials in it are sealed apart",
    ),
]


class SchedulePeriodShape(BaseModel, extra="forbid"):
    """A weekly period, minutes after midnight in the camera's time zone."""

    weekday: Annotated[int, Field(ge=0, le=6, description="0 is Monday")]
    start_minute: Annotated[int, Field(ge=0, le=1439)]
    end_minute: Annotated[int, Field(ge=1, le=1440, description="Excluded")]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end_minute <= self.start_minute:
            raise ValueError("end_minute must be greater than start_minute")
        return self


class PolicyShape(BaseModel, extra="forbid"):
    """What to keep of a camera; in a change, what is left out stays."""

    mode: RecordingMode = RecordingMode.CONTINUOUS
    pre_event_s: Annotated[float, Field(ge=0, le=60)] = 10.0
    post_event_s: Annotated[float, Field(ge=0, le=3600)] = 30.0
    schedule: Annotated[list[SchedulePeriodShape], Field(max_length=100)] = Field(
        default_factory=list[SchedulePeriodShape]
    )
    time_zone: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_+\-/]+$")] = "UTC"
    keep_s: Annotated[float | None, Field(gt=0, le=3.2e9)] = 30 * 86400.0
    keep_bytes: Annotated[int | None, Field(gt=0, le=1 << 53)] = None
    record_sub: bool = False


class SourceShape(BaseModel):
    """Where a stream comes from; never with credentials."""

    address: str
    driver: str
    transport: Transport


class HealthShape(BaseModel):
    """How a stream is doing; see the model for the units."""

    state: StreamState
    detail: str
    since_us: int
    bitrate: int
    frame_rate: float
    lost_frames: int
    lost_packets: int
    reconnects: int
    clock_offset_us: int | None
    video_codec: str
    audio_codec: str
    width: int
    height: int
    key_interval_s: float
    recording: bool


class CameraAnswer(BaseModel):
    """A camera with the health of its streams."""

    id: str
    name: str
    enabled: bool
    make: str
    model: str
    onvif_address: str | None = Field(description="Only for those who may configure it")
    turns: bool = Field(description="Whether it can be asked to turn, by ONVIF")
    site: str | None = Field(description="Where it is")
    created_us: int
    policy: PolicyShape
    streams: dict[StreamRole, SourceShape]
    health: dict[StreamRole, HealthShape] = Field(description="Empty before the first connection")
    has_credentials: bool
    rights: list[Right] = Field(description="What you may do with it")
    removed_us: int | None = Field(None, description="When it was removed; only footage is left")


class _Secrets(BaseModel, extra="forbid"):
    username: Annotated[str | None, Field(max_length=200)] = None
    password: Annotated[SecretStr | None, Field(max_length=1000)] = None


class CameraBody(_Secrets):
    """A camera to add."""

    name: Line
    address: Address
    sub_address: Address | None = None
    driver: Annotated[str | None, Field(max_length=40, pattern=r"^[a-z0-9_]+$")] = None
    transport: Transport = Transport.TCP
    policy: PolicyShape = PolicyShape()
    onvif_address: Address | None = None
    make: Annotated[str, Field(max_length=200)] = ""
    model: Annotated[str, Field(max_length=200)] = ""
    site: Uuid | None = None
    enabled: bool = True


class CameraPatch(_Secrets):
    """What to change of a camera.

    ``sub_address`` null removes the sub stream, ``site`` null takes the camera off its site.
    """

    name: Line | None = None
    address: Address | None = None
    sub_address: Address | None = None
    driver: Annotated[str | None, Field(max_length=40, pattern=r"^[a-z0-9_]+$")] = None
    transport: Transport | None = None
    policy: PolicyShape | None = None
    site: Uuid | None = None
    enabled: bool | None = None

    def sets_credentials(self) -> bool:
        """Whether the change names new credentials, or none at all."""
        return bool(self.model_fields_set & {"username", "password"})


def credentials_from(body: CameraBody | CameraPatch) -> Credentials | None:
    """What the camera shall be opened with; None when no name is given."""
    if not body.username:
        return None
    return Credentials(body.username, body.password.get_secret_value() if body.password else "")


def camera_from(body: CameraBody, organisation: str, clock: Clock) -> Camera:
    """A new camera.

    Raises:
        BadRequest: Its address has no scheme that may be used.
    """
    streams = {StreamRole.MAIN: source_at(body.address, body.driver, body.transport)}
    if body.sub_address is not None:
        streams[StreamRole.SUB] = source_at(body.sub_address, body.driver, body.transport)
    return Camera(
        id=new_id(clock),
        organisation=organisation,
        name=body.name,
        streams=streams,
        policy=policy_from(RecordingPolicy(), body.policy),
        onvif_address=body.onvif_address,
        make=body.make,
        model=body.model,
        site=body.site,
        enabled=body.enabled,
        created_us=clock.wall_us(),
    )


def patched(camera: Camera, body: CameraPatch) -> Camera:
    """The camera with what the change names.

    Raises:
        BadRequest: An address has no scheme that may be used.
    """
    streams = dict(camera.streams)
    if body.sub_address is None and "sub_address" in body.model_fields_set:
        streams.pop(StreamRole.SUB, None)
    for role, address in ((StreamRole.MAIN, body.address), (StreamRole.SUB, body.sub_address)):
        source = streams.get(role)
        if address is not None:
            transport = source.transport if source else streams[StreamRole.MAIN].transport
            source = source_at(address, body.driver, transport)
        if source is not None:
            streams[role] = replace(
                source,
                driver=body.driver or source.driver,
                transport=body.transport or source.transport,
            )
    return replace(
        camera,
        name=body.name or camera.name,
        enabled=camera.enabled if body.enabled is None else body.enabled,
        streams=streams,
        policy=policy_from(camera.policy, body.policy) if body.policy else camera.policy,
        site=body.site if "site" in body.model_fields_set else camera.site,
    )


def camera_answer(
    camera: Camera,
    health: Mapping[StreamKey, StreamHealth],
    access: Access,
    *,
    has_credentials: bool,
) -> CameraAnswer:
    """A camera as it is shown; where it lies in the network only to those who configure it."""
    may_configure = access.may(Right.CONFIGURE, camera.id)
    meant = OF_CAMERAS if camera.removed_us is None else OF_FOOTAGE
    return CameraAnswer(
        id=camera.id,
        name=camera.name,
        enabled=camera.enabled,
        make=camera.make,
        model=camera.model,
        onvif_address=camera.onvif_address if may_configure else None,
        turns=camera.onvif_address is not None,
        site=camera.site,
        created_us=camera.created_us,
        policy=PolicyShape.model_validate(asdict(camera.policy)),
        streams={
            role: SourceShape(
                address=source.address if may_configure else "",
                driver=source.driver,
                transport=source.transport,
            )
            for role, source in camera.streams.items()
        },
        health={
            role: health_shape(health[camera.key(role)])
            for role in camera.streams
            if camera.key(role) in health
        },
        has_credentials=has_credentials,
        rights=[right for right in Right if right in meant and access.may(right, camera.id)],
        removed_us=camera.removed_us,
    )


def health_shape(health: StreamHealth) -> HealthShape:
    """Health without the name of its stream."""
    return HealthShape.model_validate(health, from_attributes=True)


def policy_from(before: RecordingPolicy, shape: PolicyShape) -> RecordingPolicy:
    """The policy with those fields that were given."""
    given: dict[str, Any] = {name: getattr(shape, name) for name in shape.model_fields_set}
    if "schedule" in given:
        given["schedule"] = tuple(SchedulePeriod(**one.model_dump()) for one in shape.schedule)
    return replace(before, **given)
