"""Open video surveillance as a service and situational awareness. Start at ARCHITECTURE.md."""
