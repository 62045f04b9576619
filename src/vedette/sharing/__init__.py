"""Sharing: other organisations and single persons see chosen cameras, for a time.

In: ``Share``. Out: whether somebody may see a camera so, at this instant, and which footage.
Settings: none. Drivers: none.
"""

from vedette.sharing.guests import GuestStore
from vedette.sharing.store import ShareStore

__all__ = ["GuestStore", "ShareStore"]
