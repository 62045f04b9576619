"""Everything that the API needs, in one record, and how a handler gets at it."""

from dataclasses import dataclass, field
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from vedette.accounts.entrance import Entrance
from vedette.api.account_ports import AccountBook
from vedette.api.audit import AuditTrail
from vedette.api.ports import (
    CameraBook,
    Discoverer,
    FootageCatalog,
    HealthBoard,
    Prober,
)
from vedette.api.share_ports import GuestBook, OrganisationBook, ShareBook
from vedette.api.site_ports import (
    FloorBook,
    PlacementBook,
    SiteBook,
    StreetMapFolder,
    TemplateBook,
)
from vedette.api.wall_ports import WallBook
from vedette.base.clock import Clock
from vedette.bookmarks import BookmarkStore
from vedette.bus import Bus
from vedette.export.service import ExportService
from vedette.ingest.ptz.service import Steering
from vedette.model.person import Identity
from vedette.playback.live import Live
from vedette.playback.replay import Replay
from vedette.playback.snapshot import Snapshots


@dataclass(frozen=True)
class Services:
    """What ``vedette.app`` wires into the API.

    Attributes:
        health: Also feeds ``/metrics``.
        public_origins: Origins such as ``https://cameras.example.org`` under which a reverse proxy
            serves us, beside the Host that a request names.
        version: Shown by ``/healthz`` to people signed in, and in the metrics.
    """

    accounts: AccountBook
    audit: AuditTrail
    entrance: Entrance
    organisations: OrganisationBook
    shares: ShareBook
    guests: GuestBook
    cameras: CameraBook
    catalog: FootageCatalog
    sites: SiteBook
    floors: FloorBook
    placements: PlacementBook
    street_maps: StreetMapFolder
    bookmarks: BookmarkStore
    walls: WallBook
    templates: TemplateBook
    health: HealthBoard
    probe: Prober
    discover: Discoverer
    live: Live
    replay: Replay
    snapshots: Snapshots
    exports: ExportService
    steering: Steering
    bus: Bus
    clock: Clock
    public_origins: tuple[str, ...] = field(default=())
    version: str = "0"


def services_of(connection: HTTPConnection) -> Services:
    """The services that the application was made with."""
    return cast("Services", connection.app.state.services)


def identity_of(connection: HTTPConnection) -> Identity:
    """Who is asking, as the guard found out before the handler ran."""
    return cast("Identity", connection.state.identity)


House = Annotated[Services, Depends(services_of)]
Who = Annotated[Identity, Depends(identity_of)]
