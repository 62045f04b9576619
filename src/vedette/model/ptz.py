"""Cameras that can be turned: what one is able to do, where it may be sent, who holds it."""

from dataclasses import dataclass, field

from vedette.model.event import Actor


@dataclass(frozen=True, slots=True)
class AxisRange:
    """Speeds that a camera takes on one axis, in its own unit, both ends included.

    Attributes:
        low: Fastest to the left, down or out; 0 or less.
        high: Fastest to the right, up or in; 0 or more.
    """

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PtzAbilities:
    """What a camera can do, as its PTZ node tells it.

    Attributes:
        pan: Speeds to the sides; None when it cannot pan for as long as it is told to.
        tilt: Speeds up and down; None as above.
        zoom: Speeds in and out; None as above.
        relative: Whether it also moves by a distance.
        absolute: Whether it also moves to a position.
        home: Whether it has a home position to go to.
        max_presets: How many positions it can remember; 0 for none.
    """

    pan: AxisRange | None = None
    tilt: AxisRange | None = None
    zoom: AxisRange | None = None
    relative: bool = False
    absolute: bool = False
    home: bool = False
    max_presets: int = 0

    @property
    def moves(self) -> bool:
        """Whether it can be steered at all."""
        return any((self.pan, self.tilt, self.zoom))


@dataclass(frozen=True, slots=True)
class Preset:
    """A position that the camera remembers.

    Attributes:
        token: The camera's own name for it.
        name: What people call it; may be empty.
    """

    token: str
    name: str


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants the camera to move, from -1 to 1; right, up and closer are positive."""

    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 0.0


@dataclass(frozen=True, slots=True)
class Velocity:
    """How the camera is told to move, in its own units."""

    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 0.0

    @property
    def still(self) -> bool:
        """Whether it moves on no axis."""
        return not (self.pan or self.tilt or self.zoom)


@dataclass(frozen=True, slots=True)
class Steersman:
    """Somebody who steers, or wants to.

    Attributes:
        person: Identifier.
        name: For the others to read.
        rank: Who has the higher one may take the camera from the other.
        actor: As the event log names them.
    """

    person: str
    name: str
    rank: int = 0
    actor: Actor = field(default_factory=Actor)


@dataclass(frozen=True, slots=True)
class Hold:
    """Who has a camera in hand, and how long.

    Attributes:
        by: Who.
        until_ns: Monotonic time at which the camera is free again unless it is moved before.
    """

    by: Steersman
    until_ns: int
