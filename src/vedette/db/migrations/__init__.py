"""Schema changes, oldest first; each is applied once and never edited after a release."""
