"""Open video surveillance as a service and situational awareness. Start at ARCHITECTURE.md."""

__version__ = "0.1.0"
