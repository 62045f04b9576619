"""How fast a camera shall turn, and who may turn it; pure."""

import math

from vedette.model.ptz import AxisRange, Hold, PtzAbilities, Steersman, Velocity, Wish

DEAD_ZONE = 0.06
"""A hand that rests on a joystick is not quite still."""
_CURVE = 1.7
"""Above 1: the first half of the way is for careful movements."""
LEASE_NS = 5_000_000_000
"""How long a camera stays in the hand that moved it last."""


def curved(wish: float) -> float:
    """The share of full speed for a wish, both from -1 to 1; odd, and never falling.

    Args:
        wish: Beyond its range the end of it counts; what is no number counts as 0.
    """
    if math.isnan(wish):
        return 0.0
    size = min(1.0, abs(wish))
    if size <= DEAD_ZONE:
        return 0.0
    share = ((size - DEAD_ZONE) / (1 - DEAD_ZONE)) ** _CURVE
    return math.copysign(share, wish)


def _scaled(share: float, axis: AxisRange | None) -> float:
    if axis is None or not share:
        return 0.0
    return share * (axis.high if share > 0 else -axis.low)


def velocity_for(wish: Wish, abilities: PtzAbilities) -> Velocity:
    """The command for a wish, within what the camera takes; axes that it lacks stay still."""
    return Velocity(
        pan=_scaled(curved(wish.pan), abilities.pan),
        tilt=_scaled(curved(wish.tilt), abilities.tilt),
        zoom=_scaled(curved(wish.zoom), abilities.zoom),
    )


def may_steer(hold: Hold | None, asker: Steersman, now_ns: int, *, take: bool) -> bool:
    """Whether somebody may move a camera now.

    The last hand keeps it for ``LEASE_NS`` after each movement. Another person gets it when it is
    free, with a higher rank, or by taking it on purpose from somebody of the same rank.

    Args:
        hold: Who has it.
        asker: Who wants it.
        now_ns: Monotonic.
        take: Whether the asker said on purpose that the other shall let go.
    """
    if hold is None or now_ns >= hold.until_ns or hold.by.person == asker.person:
        return True
    return asker.rank > hold.by.rank or (take and asker.rank == hold.by.rank)
