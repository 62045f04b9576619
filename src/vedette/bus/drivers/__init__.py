"""Bus drivers, reached through the registry only."""
