"""Shipped for tests and demo: fake clock, simulated camera, contract suites."""
