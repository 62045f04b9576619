"""A share: somebody else may see some cameras, for a time and a purpose."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """What an organisation lets another one, or one person with a link, see.

    Attributes:
        id: UUIDv7.
        organisation: Who owns the cameras.
        recipient: Organisation that may look; None when it is whoever holds the link.
        recipient_name: How that organisation was called then, or whom the link is for.
        cameras: Identifiers, the owner's.
        live: Whether live pictures may be watched.
        footage_start_us: From which instant recorded footage may be watched; None: no footage.
        footage_end_us: Until when, excluded; None goes on for as long as the share lasts.
        sound: Whether pictures come with their sound.
        from_us: When it begins.
        until_us: When it ends by itself.
        purpose: Why, in the owner's words.
        made_by: Person who made it.
        made_by_name: As that person was called then.
        made_us: When.
        ended_us: When somebody ended it; None while nobody has.
        ended_by_name: Who.
        most_uses: How often a link may be opened; None sets no limit.
        uses: How often it was opened.
    """

    id: str
    organisation: str
    recipient: str | None
    recipient_name: str
    cameras: tuple[str, ...]
    live: bool
    footage_start_us: int | None
    footage_end_us: int | None
    sound: bool
    from_us: int
    until_us: int
    purpose: str
    made_by: str
    made_by_name: str
    made_us: int
    ended_us: int | None = None
    ended_by_name: str = ""
    most_uses: int | None = None
    uses: int = 0


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who opened a link, in one browser; sees one share and nothing else.

    Attributes:
        session: Identifier of what the browser holds, never its secret.
        share: The one that the link was made for, as it is now.
        expires_us: When the browser must open the link again.
    """

    session: str
    share: Share
    expires_us: int
