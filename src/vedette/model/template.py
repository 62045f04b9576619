"""What an organisation wants of every camera of a kind, so that nobody types it again."""

from dataclasses import dataclass, field

from vedette.model.camera import RecordingPolicy, Transport


@dataclass(frozen=True, slots=True)
class CameraTemplate:
    """Settings that are offered when a camera of a make and model is added.

    Attributes:
        id: UUIDv7.
        organisation: Whose it is.
        name: What people call it; unique among the organisation's templates.
        make: Manufacturer of the cameras that it fits, without regard to case; empty fits any.
        model: Model of the cameras that it fits, likewise.
        policy: What to keep of such a camera.
        transport: How RTP travels.
        use_sub: Whether the camera's smaller stream is used.
        site: Identifier of the site of such cameras; None names none.
        created_us: When it was made.
    """

    id: str
    organisation: str
    name: str
    make: str = ""
    model: str = ""
    policy: RecordingPolicy = field(default_factory=RecordingPolicy)
    transport: Transport = Transport.TCP
    use_sub: bool = True
    site: str | None = None
    created_us: int = 0
