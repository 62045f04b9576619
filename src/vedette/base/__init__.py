"""Vocabulary that every package may use: time, identity, errors, the driver registry. No I/O."""
