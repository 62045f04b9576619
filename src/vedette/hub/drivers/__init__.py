"""Hub drivers, reached through the registry only."""
