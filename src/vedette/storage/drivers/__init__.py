"""Storage drivers, reached through the registry only."""
