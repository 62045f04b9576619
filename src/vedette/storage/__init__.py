"""Volumes: places on disk that prove their identity before a byte is written."""
