"""Exports without limits, for tests."""

from pathlib import Path

from vedette.base.clock import Clock
from vedette.bus import Bus
from vedette.catalog.store import SqlCatalog
from vedette.db.engine import Database
from vedette.export.ports import FootageFiles
from vedette.export.service import ExportService
from vedette.export.settings import ExportSettings
from vedette.export.store import ExportStore


def export_service(  # noqa: PLR0917  each is a different thing
    folder: Path,
    database: Database,
    files: FootageFiles,
    bus: Bus,
    clock: Clock,
    settings: ExportSettings | None = None,
) -> ExportService:
    """The service over a database, its files in ``folder/exports``; not started.

    Args:
        folder: Of the test.
        database: Migrated.
        files: Give the footage.
        bus: Is told.
        clock: Of the test.
        settings: None sets no limit on speed and reserve.
    """
    return ExportService(
        store=ExportStore(database),
        catalog=SqlCatalog(database),
        files=files,
        bus=bus,
        clock=clock,
        settings=settings or ExportSettings(reserve_bytes=0, bytes_per_s=0),
        folder=folder / "exports",
        software="vedette test",
    )
