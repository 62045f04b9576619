"""Who had which camera in hand, as the event log keeps it: one entry when it begins, one after."""

from vedette.base.clock import Clock
from vedette.base.ids import new_id
from vedette.model.event import Event, Visibility
from vedette.model.ptz import Steersman


def began(clock: Clock, organisation: str, camera: str, by: Steersman) -> Event:
    """Somebody has just taken a camera in hand."""
    now_us = clock.wall_us()
    return Event(
        id=new_id(clock),
        organisation=organisation,
        kind="camera.steering_began",
        observed_us=now_us,
        received_us=now_us,
        source="ptz",
        subject=f"camera/{camera}",
        actor=by.actor,
        text=f"{by.name} began to steer a camera",
        data={"start_us": now_us},
        visibility=Visibility.AUDITORS,
    )


def ended(clock: Clock, first: Event, taken_by: Steersman | None) -> Event:
    """The camera is free again, or another person's.

    Args:
        clock: Of the entry.
        first: What ``began`` said.
        taken_by: Who took it over; None when it was let go.
    """
    now_us = clock.wall_us()
    how = f"until {taken_by.name} took over" if taken_by else "and let go"
    return Event(
        id=new_id(clock),
        organisation=first.organisation,
        kind="camera.steering_ended",
        observed_us=now_us,
        received_us=now_us,
        source=first.source,
        subject=first.subject,
        actor=first.actor,
        text=f"{first.actor.name} steered a camera {how}",
        data={"start_us": first.observed_us, "end_us": now_us},
        correlation=first.id,
        visibility=first.visibility,
    )
