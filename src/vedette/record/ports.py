"""What the recording service needs from the catalogue."""

from typing import Protocol

from vedette.catalog.ports import FootageCare, FootageIndex, FootageWriter


class RecordCatalog(FootageWriter, FootageIndex, FootageCare, Protocol):
    """Rows in, and the questions of repair, retention and verification."""
