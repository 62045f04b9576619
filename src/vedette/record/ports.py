"""What the recording service needs from the catalogue."""

from typing import Protocol

from vedette.catalog.ports import FootageCare, FootageIndex, FootageWriter, LossBook


class RecordCatalog(FootageWriter, FootageIndex, FootageCare, LossBook, Protocol):
    """Rows in, and the questions of repair, retention, accounts and verification."""
