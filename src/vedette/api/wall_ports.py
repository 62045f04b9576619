"""What the API needs of saved walls."""

from collections.abc import Sequence
from typing import Protocol

from vedette.model.wall import Wall


class WallBook(Protocol):
    """``walls.store.WallStore``."""

    async def list(self, organisation: str, person: str) -> Sequence[Wall]:
        """The shared walls and the person's own."""
        ...

    async def get(self, organisation: str, person: str, wall: str) -> Wall:
        """One of them.

        Raises:
            NotFound: There is none, or it is somebody else's own.
        """
        ...

    async def add(self, organisation: str, person: str, wall: Wall) -> Wall:
        """Make one.

        Raises:
            BadRequest: It makes no sense.
            Conflict: The name is taken.
        """
        ...

    async def update(self, organisation: str, person: str, wall: Wall) -> Wall:
        """Change one at the revision that ``wall`` names.

        Raises:
            BadRequest: It makes no sense.
            Conflict: The name is taken.
            NotFound: There is none, or it is somebody else's own.
            Outdated: Somebody changed it meanwhile.
        """
        ...

    async def remove(
        self, organisation: str, person: str, wall: str, revision: int | None = None
    ) -> Wall:
        """Remove one, at a revision if one is named.

        Raises:
            NotFound: There is none, or it is somebody else's own.
            Outdated: Somebody changed it meanwhile.
        """
        ...
