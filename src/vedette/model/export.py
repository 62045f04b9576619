"""Footage to take away: what somebody asked for, how far it is, and what became of it."""

from dataclasses import dataclass, field
from enum import StrEnum

from vedette.model.camera import StreamKey, StreamRole


class ExportState(StrEnum):
    """Where an export stands in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # its files were erased after the days that they are kept


WAITING_STATES = frozenset({ExportState.QUEUED, ExportState.RUNNING})
"""States that an export leaves by itself."""


class Exactness(StrEnum):
    """Where a file is cut; neither way encodes anything anew."""

    GOP = "gop"  # from the key frame at or before the start to the end of the last group
    FRAME = "frame"  # what lies before and after in the same group is there, but not shown


class SoundChoice(StrEnum):
    """What becomes of the sound."""

    PLAYABLE = "playable"  # G.711, which few players take from MP4, becomes AAC
    ORIGINAL = "original"  # as recorded, G.711 too
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ExportedCamera:
    """A camera as it was called when the export was asked for.

    Attributes:
        removed_us: When it had been removed; None while it was there.
    """

    id: str
    name: str
    removed_us: int | None = None


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What somebody asked for.

    Attributes:
        organisation: Whose footage.
        cameras: At least one, in the order in which they are delivered.
        role: Which of their streams.
        start_us: Wall time, included.
        end_us: Wall time, excluded.
        person: Identifier of whoever asked.
        person_name: As it was then.
        exact: See Exactness.
        sound: See SoundChoice.
        time_zone: IANA name, for the times in file names and in the manifest.
        reason: What the footage is needed for; may be empty.
        note: Free text; may be empty.
    """

    organisation: str
    cameras: tuple[ExportedCamera, ...]
    role: StreamRole
    start_us: int
    end_us: int
    person: str
    person_name: str
    exact: Exactness = Exactness.GOP
    sound: SoundChoice = SoundChoice.PLAYABLE
    time_zone: str = "UTC"
    reason: str = ""
    note: str = ""

    def stream(self, camera: ExportedCamera) -> StreamKey:
        """The stream of one of the cameras."""
        return StreamKey(self.organisation, camera.id, self.role)


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file of an export.

    Attributes:
        name: Without folders.
        camera: Whose footage; empty for the manifest.
        start_us: Wall time of the first picture that is shown; 0 for the manifest.
        end_us: Wall time at which the last one ends.
        bytes: Length.
        sha256: Hexadecimal.
        crc32: As ZIP wants it.
    """

    name: str
    camera: str
    start_us: int
    end_us: int
    bytes: int
    sha256: str
    crc32: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A time that was asked for and is not in the export.

    Attributes:
        camera: Identifier.
        reason: A gap's reason, ``altered``, ``unreadable``, ``frames_lost``, ``not_yet`` or
            ``no_footage``.
        detail: One sentence; may be empty.
    """

    camera: str
    start_us: int
    end_us: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class ExportOutcome:
    """What an export holds.

    Attributes:
        files: In the order of the manifest, which names what is in them.
        manifest: The manifest itself.
        delivered_us: Footage in the files, all cameras together.
        missing_us: What was asked for and is not there, all cameras together.
        missing: The longest of it, at most ``export.plan.MOST_TOLD``; the manifest has all.
        faults: Fragments that were left out because their bytes are not as recorded.
        lost_frames: Known to be missing within the delivered footage.
        clock_steps: Within the range.
    """

    files: tuple[ExportFile, ...]
    manifest: ExportFile
    delivered_us: int
    missing_us: int
    missing: tuple[Missing, ...]
    faults: int
    lost_frames: int
    clock_steps: int

    @property
    def bytes(self) -> int:
        """Of all files."""
        return self.manifest.bytes + sum(one.bytes for one in self.files)


@dataclass(frozen=True, slots=True)
class ExportJob:
    """An export as it is remembered.

    Attributes:
        id: UUIDv7.
        request: What was asked for.
        state: See ExportState.
        created_us: When it was asked for.
        started_us: When the work on it began, the last time.
        finished_us: When it ended, however it did.
        expires_us: When its files are erased.
        total_bytes: Work to do, estimated: each byte is copied once and read back once.
        done_bytes: Work done.
        total_us: Footage that the catalogue promised, all cameras together.
        done_us: Footage copied.
        held_bytes: What it takes of the quota: an estimate until it is done.
        problem: Why it failed, one sentence; else empty.
        outcome: What it holds, once it is done.
    """

    id: str
    request: ExportRequest
    state: ExportState
    created_us: int
    started_us: int | None = None
    finished_us: int | None = None
    expires_us: int | None = None
    total_bytes: int = 0
    done_bytes: int = 0
    total_us: int = 0
    done_us: int = 0
    held_bytes: int = 0
    problem: str = ""
    outcome: ExportOutcome | None = field(default=None)

    @property
    def organisation(self) -> str:
        """Whose it is."""
        return self.request.organisation
