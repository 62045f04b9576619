"""Cameras that tell about themselves.

In: an address that a person has, or nothing but a network. Out: ``model.probe`` nouns.
`probe` asks one camera, `discover` searches the local network, `open_head` turns one that can turn.
"""

from vedette.ingest.onvif.discovery import discover
from vedette.ingest.onvif.probe import probe
from vedette.ingest.onvif.ptz import open_head

__all__ = ["discover", "open_head", "probe"]
