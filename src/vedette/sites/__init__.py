"""The places where an organisation's cameras are.

In: ``Site``. Out: the same, of one organisation. Settings: none. Drivers: none.
"""

from vedette.sites.store import SiteStore

__all__ = ["SiteStore"]
