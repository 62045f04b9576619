"""What the recorders of one service share."""

from collections.abc import Callable
from dataclasses import dataclass

from vedette.base.clock import Clock
from vedette.base.errors import StorageError
from vedette.record.ledger import Ledger
from vedette.record.settings import RecordSettings
from vedette.storage.volumes import Volumes


@dataclass(slots=True)
class Budget:
    """Bytes of all streams on their way to the disk.

    Attributes:
        most_bytes: Beyond it footage is dropped.
        bytes: On their way now.
    """

    most_bytes: int
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the recorders of one service share.

    Attributes:
        volumes: Where files go.
        ledger: Where rows go.
        clock: For triggers.
        settings: How to cut and buffer.
        budget: Shared limit.
        refused: Told when a volume refused an append: its identifier and why.
    """

    volumes: Volumes
    ledger: Ledger
    clock: Clock
    settings: RecordSettings
    budget: Budget
    refused: Callable[[str, StorageError], None]
