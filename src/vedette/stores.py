"""What is kept, opened for a server or for one command: database, stores, volumes."""

import contextlib
import os
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

from vedette.accounts.entrance import Entrance, open_entrance
from vedette.accounts.organisations import Organisations
from vedette.accounts.service import Accounts
from vedette.base.clock import Clock, SystemClock
from vedette.bookmarks.store import BookmarkStore
from vedette.cameras import CameraStore, TemplateStore
from vedette.catalog.store import SqlCatalog
from vedette.db.engine import Database
from vedette.db.lock import make_data_folder, server_process
from vedette.db.sealing import Sealer
from vedette.export.store import ExportStore
from vedette.journal import SqlJournal
from vedette.model.person import DEFAULT_ORGANISATION
from vedette.model.rights import ADMINISTRATOR
from vedette.settings import Settings
from vedette.sharing import GuestStore, ShareStore
from vedette.sites import FloorStore, PlacementStore, SiteStore, StreetMaps
from vedette.storage.volumes import Volumes
from vedette.walls import WallStore

_LINK_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Stores:
    """What is kept: opened for a command or for a server.

    Attributes:
        settings: The configuration in force.
        database: Migrated.
    """

    settings: Settings
    database: Database
    cameras: CameraStore
    accounts: Accounts
    organisations: Organisations
    entrance: Entrance
    catalog: SqlCatalog
    journal: SqlJournal
    sites: SiteStore
    walls: WallStore
    floors: FloorStore
    placements: PlacementStore
    street_maps: StreetMaps
    exports: ExportStore
    bookmarks: BookmarkStore
    templates: TemplateStore
    shares: ShareStore
    guests: GuestStore

    async def organisation(self) -> str:
        """The organisation that a fresh installation starts with, which the command line serves."""
        await self.organisations.ensure(DEFAULT_ORGANISATION, "Default")
        return DEFAULT_ORGANISATION

    async def volume_roots(self) -> dict[str, Path]:
        """Where each volume lies that can be read now, by identifier."""
        async with open_volumes(self.settings, read_only=True) as volumes:
            return {
                entry.volume.id: entry.settings.path.resolve()
                for entry in volumes.entries
                if entry.volume is not None
            }

    async def entry_link(self, person: str, base: str) -> str:
        """A link that signs a person in once; the person is added when there is none."""
        organisation = await self.organisation()
        people = await self.accounts.people(organisation)
        found = next((one for one in people if one.name == person), None)
        if found is None:
            # Nobody knows this password; the link is the way in until a person sets one.
            unknown = os.urandom(32).hex()
            found = await self.accounts.create_person(organisation, person, unknown)
            await self.accounts.roles.new_grant(organisation, found.id, ADMINISTRATOR)
        return (
            f"{base}/enter#{await self.accounts.make_entry_link(organisation, found.id, _LINK_S)}"
        )


@contextlib.asynccontextmanager
async def open_stores(settings: Settings, clock: Clock | None = None) -> AsyncGenerator[Stores]:
    """Open the database and what is kept in it; the data folder is made when it is new.

    Raises:
        ConfigError: The folder, the database or the key cannot be used.
    """
    make_data_folder(settings.data)
    async with contextlib.AsyncExitStack() as stack:
        database = Database.open(settings.database_url)
        stack.push_async_callback(database.close)
        await database.migrate()
        clock = clock or SystemClock()
        sealer = Sealer(settings.key_file)
        accounts = Accounts(database, clock, settings.accounts)
        entrance = open_entrance(accounts, database, clock, sealer, settings.sign_on)
        stack.push_async_callback(entrance.close)
        yield Stores(
            settings=settings,
            database=database,
            cameras=CameraStore(database, sealer),
            accounts=accounts,
            entrance=entrance,
            organisations=Organisations(database, accounts.attempts),
            catalog=SqlCatalog(database),
            journal=SqlJournal(database),
            sites=SiteStore(database),
            walls=WallStore(database),
            floors=FloorStore(database),
            placements=PlacementStore(database),
            street_maps=StreetMaps(settings.data / "maps"),
            exports=ExportStore(database),
            bookmarks=BookmarkStore(database),
            templates=TemplateStore(database),
            shares=ShareStore(database),
            guests=GuestStore(database, clock),
        )


@contextlib.asynccontextmanager
async def open_volumes(
    settings: Settings, *, owner: str = "", read_only: bool = False
) -> AsyncGenerator[Volumes]:
    """Open the volumes; those that cannot be used stay listed with the reason."""
    volumes = Volumes(settings.data, settings.footage_volumes, owner=owner, read_only=read_only)
    await volumes.open()
    try:
        yield volumes
    finally:
        await volumes.close()


def running_server(settings: Settings) -> int | None:
    """The process that serves the data folder now, or None."""
    return server_process(settings.data)
