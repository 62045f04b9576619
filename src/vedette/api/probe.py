"""What is out there: ask one address, or look around the network."""

import base64
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, SecretStr

from vedette.api.services import House, Who
from vedette.base.errors import BadRequest
from vedette.cameras.address import split_address
from vedette.model.camera import Credentials, StreamRole
from vedette.model.probe import ProbeResult

router = APIRouter(tags=["probe"])


class ProbeBody(BaseModel, extra="forbid"):
    """Where to ask."""

    address: Annotated[
        str,
        Field(
            min_length=1,
            max_length=2000,
            pattern=r"^[^\x00-\x20\x7f]+$",
            description="Host, device service URL or stream URL",
        ),
    ]
    username: Annotated[str | None, Field(max_length=200)] = None
    password: Annotated[SecretStr | None, Field(max_length=1000)] = None


class ProfileShape(BaseModel):
    """A stream that the device offers; the role says what Vedette would use it for."""

    name: str
    address: str
    codec: str
    width: int
    height: int
    frame_rate: float
    role: StreamRole | None


class ProbeAnswer(BaseModel):
    """What was found."""

    make: str
    model: str
    firmware: str
    serial: str
    clock_offset_us: int | None
    onvif_address: str | None
    profiles: list[ProfileShape]
    snapshot_jpeg_base64: str | None
    warnings: list[str]


class DiscoveryBody(BaseModel, extra="forbid"):
    """How long to wait for answers."""

    timeout_s: Annotated[float, Field(gt=0, le=15)] = 3.0


class DeviceShape(BaseModel):
    """A device that answered; nothing of it is verified."""

    address: str
    name: str
    hardware: str
    location: str


class DiscoveryAnswer(BaseModel):
    """Every device that answered in time."""

    devices: list[DeviceShape]


@router.post("/probe")
async def probe(house: House, who: Who, body: ProbeBody) -> ProbeAnswer:
    """Ask the device at an address what it is and which streams it offers."""
    del who  # anybody of the organisation may ask
    address, credentials = body.address, None
    if "://" in address:
        address, credentials = split_address(address)
        if address.partition(":")[0] not in {"http", "https", "rtsp", "rtsps"}:
            raise BadRequest("give a host, or an address with http, https, rtsp or rtsps")
    if body.username:
        password = body.password.get_secret_value() if body.password else ""
        credentials = Credentials(body.username, password)
    return _answer(await house.probe(address, credentials))


@router.post("/discovery")
async def discovery(house: House, who: Who, body: DiscoveryBody) -> DiscoveryAnswer:
    """Look for devices on the local network."""
    del who
    found = await house.discover(body.timeout_s)
    return DiscoveryAnswer(
        devices=[DeviceShape.model_validate(one, from_attributes=True) for one in found]
    )


def _answer(found: ProbeResult) -> ProbeAnswer:
    picture = base64.b64encode(found.snapshot).decode() if found.snapshot else None
    return ProbeAnswer(
        make=found.make,
        model=found.model,
        firmware=found.firmware,
        serial=found.serial,
        clock_offset_us=found.clock_offset_us,
        onvif_address=found.onvif_address,
        profiles=[ProfileShape.model_validate(one, from_attributes=True) for one in found.profiles],
        snapshot_jpeg_base64=picture,
        warnings=list(found.warnings),
    )
