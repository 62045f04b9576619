"""What an organisation may see of the things that all organisations share."""

from dataclasses import replace

from vedette.model.health import VolumeHealth
from vedette.model.person import DEFAULT_ORGANISATION


def seen_by(organisation: str, volume: VolumeHealth) -> VolumeHealth:
    """A volume; where it lies on the machine is for those who run the machine."""
    if organisation == DEFAULT_ORGANISATION:
        return volume
    return replace(volume, path="", detail="")
