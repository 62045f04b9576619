"""Which cameras exist, where their streams come from, and their sealed credentials.

In: ``Camera`` and ``Credentials``. Out: the same, of one organisation. Settings: the key file of
``db.sealing``. Drivers: none.
"""

from vedette.cameras.store import CameraStore
from vedette.cameras.templates import TemplateStore

__all__ = ["CameraStore", "TemplateStore"]
