"""Starts and watches worker processes; a crash touches only that worker's cameras."""
