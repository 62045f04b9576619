"""Cameras that tell about themselves.

In: an address that a person has, or nothing but a network. Out: ``model.probe`` nouns.
`probe` asks one camera, `discover` searches the local network.
"""

from vedette.ingest.onvif.discovery import discover
from vedette.ingest.onvif.probe import probe

__all__ = ["discover", "probe"]
