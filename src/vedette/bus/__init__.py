"""Small facts between stages: typed topics, never tuples by position."""

from vedette.bus.ports import BUSES, Bus, Subscription
from vedette.bus.topics import Topic

__all__ = ["BUSES", "Bus", "Subscription", "Topic"]
