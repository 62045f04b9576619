"""Which sites and shared walls somebody may know of: those where they may do something."""

from collections.abc import Sequence

from vedette.accounts.access import Access
from vedette.api.services import Services, Who
from vedette.base.errors import NotFound
from vedette.model.rights import ScopeKind
from vedette.model.site import Site
from vedette.model.wall import Wall
from vedette.walls.decide import cameras_of


async def known_sites(house: Services, who: Who, access: Access) -> Sequence[Site]:
    """Sites with a camera that somebody sees or a role of theirs; all, with a role everywhere."""
    sites = await house.sites.list(who.organisation)
    if access.everywhere:
        return sites
    cameras = await house.cameras.list(who.organisation)
    known = {camera.site for camera in cameras if access.sees(camera.id)}
    known.update(scope for kind, scope in access.scopes if kind is ScopeKind.SITE)
    return [site for site in sites if site.id in known]


async def known_site(house: Services, who: Who, access: Access, site: str, what: str) -> Site:
    """The site at which something is that somebody asked for.

    Args:
        house: Where.
        who: Somebody.
        access: What they may do.
        site: Its identifier.
        what: What they asked for, for the message.

    Raises:
        NotFound: It is not there, as far as they may know.
    """
    for one in await known_sites(house, who, access):
        if one.id == site:
            return one
    raise NotFound(f"there is no {what}")


def is_shown(wall: Wall, access: Access) -> bool:
    """Whether a wall is one's own, or shared with something on it that one sees."""
    return (
        wall.owner is not None
        or bool(access.everywhere)
        or any(access.sees(camera) for camera in cameras_of(wall))
    )
