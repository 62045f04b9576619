"""Ingest drivers, reached through the registry only."""
