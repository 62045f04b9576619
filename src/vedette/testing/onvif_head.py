"""The moving parts of a simulated ONVIF device: where they point is real state, moved by time."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, unescape

from vedette.base.clock import Clock, SystemClock

_VELOCITY = "http://www.onvif.org/ver10/tptz"
_SPEED = 0.5
"""Units per second on each axis at full velocity; from end to end in four seconds."""


class HeadRefused(Exception):
    """A SOAP fault.

    Attributes:
        code: ONVIF's, such as ``ter:NoToken``.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Position:
    """Where the camera points: pan and tilt from -1 to 1, zoom from 0 (wide) to 1."""

    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 0.0


@dataclass(slots=True)
class SimulatedHead:
    """Turns at half a unit per second at full speed, stops at its ends, remembers positions.

    May be read from another thread than the one that steers it.

    Attributes:
        clock: Moves it.
        max_presets: How many positions it remembers.
        has_zoom: Whether it zooms.
        deaf_to_timeouts: Whether it goes on after the timeout of a movement, as bad ones do.
        speeds: Lowest and highest velocity that it takes on each axis.
        asked: Operations in order.
    """

    clock: Clock = field(default_factory=SystemClock)
    max_presets: int = 8
    has_zoom: bool = True
    deaf_to_timeouts: bool = False
    speeds: tuple[float, float] = (-1.0, 1.0)
    asked: list[str] = field(default_factory=list[str])
    presets: dict[str, tuple[str, Position]] = field(
        default_factory=dict[str, tuple[str, Position]]
    )
    _from: Position = field(default_factory=Position)
    _velocity: Position = field(default_factory=Position)
    _since_ns: int = 0
    _until_ns: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def position(self) -> Position:
        """Where it points now."""
        with self._lock:
            return self._at(self.clock.monotonic_ns())

    @property
    def moving(self) -> bool:
        """Whether its motors run."""
        with self._lock:
            running = self.deaf_to_timeouts or self.clock.monotonic_ns() < self._until_ns
            return running and self._velocity != Position()

    def _at(self, now_ns: int) -> Position:
        end_ns = now_ns if self.deaf_to_timeouts else min(now_ns, self._until_ns)
        share = max(0, end_ns - self._since_ns) / 1e9 * _SPEED / self.speeds[1]
        return Position(
            pan=_held(self._from.pan + self._velocity.pan * share, -1.0),
            tilt=_held(self._from.tilt + self._velocity.tilt * share, -1.0),
            zoom=_held(self._from.zoom + self._velocity.zoom * share, 0.0),
        )

    def point(self, position: Position) -> None:
        """Point somewhere at once, by hand."""
        with self._lock:
            self._from, self._velocity = position, Position()

    def answer(self, operation: str, body: str) -> str:
        """SOAP body of the answer to one question.

        Raises:
            HeadRefused: It cannot do that.
        """
        self.asked.append(operation)
        operations: dict[str, Callable[[str], str]] = {
            "GetNode": self._node,
            "GetNodes": self._node,
            "ContinuousMove": self._move,
            "Stop": self._stop,
            "GetPresets": self._list,
            "SetPreset": self._keep,
            "GotoPreset": self._recall,
            "RemovePreset": self._forget,
            "GotoHomePosition": self._home,
        }
        if operation not in operations:
            raise HeadRefused("ter:ActionNotSupported", "not implemented")
        inner = operations[operation](body)
        return f"<tptz:{operation}Response>{inner}</tptz:{operation}Response>"

    def _node(self, _: str) -> str:
        low, high = self.speeds
        both = f"<tt:Min>{low}</tt:Min><tt:Max>{high}</tt:Max>"
        zoom = (
            f"<tt:ContinuousZoomVelocitySpace><tt:URI>{_VELOCITY}/ZoomSpaces/VelocityGenericSpace"
            f"</tt:URI><tt:XRange>{both}</tt:XRange></tt:ContinuousZoomVelocitySpace>"
            if self.has_zoom
            else ""
        )
        return (
            '<tptz:PTZNode token="node"><tt:Name>node</tt:Name><tt:SupportedPTZSpaces>'
            f"<tt:ContinuousPanTiltVelocitySpace><tt:URI>{_VELOCITY}/PanTiltSpaces/"
            f"VelocityGenericSpace</tt:URI><tt:XRange>{both}</tt:XRange><tt:YRange>{both}"
            f"</tt:YRange></tt:ContinuousPanTiltVelocitySpace>{zoom}</tt:SupportedPTZSpaces>"
            f"<tt:MaximumNumberOfPresets>{self.max_presets}</tt:MaximumNumberOfPresets>"
            "<tt:HomeSupported>true</tt:HomeSupported></tptz:PTZNode>"
        )

    def _move(self, body: str) -> str:
        pan, tilt = _number("PanTilt", "x", body), _number("PanTilt", "y", body)
        wanted = Position(pan, tilt, _number("Zoom", "x", body))
        low, high = self.speeds
        if not all(low <= one <= high for one in (wanted.pan, wanted.tilt, wanted.zoom)):
            raise HeadRefused("ter:InvalidVelocity", "out of bounds")
        if wanted.zoom and not self.has_zoom:
            raise HeadRefused("ter:SpaceNotSupported", "no zoom")
        seconds = re.search(r"Timeout>PT([\d.]+)S<", body)
        with self._lock:
            now_ns = self.clock.monotonic_ns()
            self._from, self._velocity = self._at(now_ns), wanted
            self._since_ns = now_ns
            self._until_ns = now_ns + round(float(seconds.group(1) if seconds else 60) * 1e9)
        return ""

    def _stop(self, _: str) -> str:
        with self._lock:
            self._from, self._velocity = self._at(self.clock.monotonic_ns()), Position()
        return ""

    def _list(self, _: str) -> str:
        return "".join(
            f'<tptz:Preset token="{escape(token)}"><tt:Name>{escape(name)}</tt:Name></tptz:Preset>'
            for token, (name, _) in self.presets.items()
        )

    def _keep(self, body: str) -> str:
        token, name = _text("PresetToken", body), _text("PresetName", body)
        if token and token not in self.presets:
            raise HeadRefused("ter:NoToken", "no such preset")
        if not token and len(self.presets) >= self.max_presets:
            raise HeadRefused("ter:TooManyPresets", "full")
        token = token or next(str(n) for n in range(1, 1000) if str(n) not in self.presets)
        self.presets[token] = (name, self.position)
        return f"<tptz:PresetToken>{escape(token)}</tptz:PresetToken>"

    def _recall(self, body: str) -> str:
        self.point(self._known(body)[1])
        return ""

    def _forget(self, body: str) -> str:
        self._known(body)
        del self.presets[_text("PresetToken", body)]
        return ""

    def _home(self, _: str) -> str:
        self.point(Position())
        return ""

    def _known(self, body: str) -> tuple[str, Position]:
        found = self.presets.get(_text("PresetToken", body))
        if found is None:
            raise HeadRefused("ter:NoToken", "no such preset")
        return found


def _held(value: float, low: float) -> float:
    return min(1.0, max(low, value))


def _text(name: str, body: str) -> str:
    found = re.search(rf"<(?:[\w-]+:)?{name}(?:\s[^>]*)?>([^<]*)<", body)
    return unescape(found.group(1).strip()) if found else ""


def _number(name: str, attribute: str, body: str) -> float:
    found = re.search(rf'<(?:[\w-]+:)?{name}\s[^>]*?\b{attribute}="([^"]*)"', body)
    return float(found.group(1)) if found else 0.0
