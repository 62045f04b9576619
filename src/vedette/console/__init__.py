"""Serves the built web page."""
