"""Which right each route needs."""

from dataclasses import dataclass
from enum import Enum, auto

from vedette.model.reason import Act
from vedette.model.rights import Right


class Needs(Enum):
    """For what a right is needed."""

    NOTHING = auto()  # nobody needs to be known
    ANYBODY = auto()  # whoever is signed in; the handler shows only what they may see
    ORGANISATION = auto()
    ANYWHERE = auto()  # for at least one camera; the handler looks at each
    CAMERA = auto()  # the camera in the path
    QUERY = auto()  # every camera in the query
    SIGHT = auto()  # the camera in the path, by any right


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route needs.

    Attributes:
        right: None where ``needs`` says all.
    """

    needs: Needs
    right: Right | None = None


def _each(needs: Needs, right: Right | None, *names: str) -> dict[str, Rule]:
    return {name: Rule(needs, right) for name in names}


_THROUGH_SHARES = (
    "live",
    "updates",
    "footage",
    "fragments",
    "calendar",
    "init",
    "part",
    "keys",
    "thumbnail",
)
SHARED = tuple(f"shared_{name}" for name in _THROUGH_SHARES)
GUESTS = tuple(f"guest_{name}" for name in _THROUGH_SHARES)

RULES: dict[str, Rule] = {
    **_each(
        Needs.NOTHING,
        None,
        "sign_in",
        "enter",
        "enter_code",
        "ways",
        "begin_passkey_sign_in",
        "enter_with_passkey",
        "look_at_invitation",
        "begin_invited_passkey",
        "join",
        "depart",
        "arrive",
        "healthz",
        "document",
    ),
    # the guard lets nobody else in there
    **_each(Needs.NOTHING, None, "enter_as_guest", "get_guest", "leave_as_guest", *GUESTS),
    **_each(
        Needs.ANYBODY,
        None,
        # about oneself
        "get_session",
        "sign_out",
        "get_account",
        "change_password",
        "list_own_sessions",
        "end_own_session",
        "end_other_sessions",
        "get_second_factor",
        "enrol_second_factor",
        "confirm_second_factor",
        "remove_second_factor",
        "renew_recovery_codes",
        "list_passkeys",
        "begin_passkey",
        "add_passkey",
        "remove_passkey",
        "list_sign_on_links",
        "begin_linking",
        "unlink",
        "list_tokens",
        "make_token",
        "revoke_token",
        # shows what one may see
        "list_cameras",
        "list_sites",
        "get_site",
        "list_floors",
        "get_floor_plan",
        "list_placements",
        "list_street_maps",
        "get_street_map",
        "updates",
        # one's own, and what is shared
        "get_reason_rules",
        "give_reason",
        "list_walls",
        "get_wall",
        "add_wall",
        "change_wall",
        "remove_wall",
        "take_spot",
        # what other organisations share; the share decides
        "list_shared",
        *SHARED,
    ),
    **_each(Needs.SIGHT, None, "get_camera"),
    **_each(Needs.CAMERA, Right.LIVE, "live", "get_snapshot"),
    **_each(
        Needs.CAMERA,
        Right.REPLAY,
        "get_fragments",
        "get_media",
        "get_keys",
        "get_thumbnail",
        "get_init",
        "get_playlist",
        "get_playlist_entry",
        "get_loss",
    ),
    **_each(Needs.QUERY, Right.REPLAY, "get_footage", "get_calendar"),
    **_each(
        Needs.ANYWHERE,
        Right.REPLAY,
        "list_bookmarks",
        "add_bookmark",
        "get_bookmark",
        "change_bookmark",
        "remove_bookmark",
    ),
    **_each(Needs.CAMERA, Right.PTZ, "get_ptz", "go_home", "go_to_preset", "steer"),
    **_each(Needs.CAMERA, Right.EXPORT, "trigger_recording"),
    **_each(
        Needs.ANYWHERE,
        Right.EXPORT,
        "make_export",
        "get_export_outlook",
        "list_exports",
        "get_export",
        "cancel_export",
        "delete_export",
        "get_export_manifest",
        "get_export_file",
        "get_export_zip",
    ),
    **_each(
        Needs.CAMERA,
        Right.CONFIGURE,
        "change_camera",
        "remove_camera",
        "add_preset",
        "replace_preset",
        "remove_preset",
    ),
    **_each(
        Needs.ORGANISATION,
        Right.CONFIGURE,
        "add_camera",
        "probe",
        "discovery",
        "add_site",
        "change_site",
        "remove_site",
        "add_floor",
        "change_floor",
        "set_floor_plan",
        "remove_floor",
        "place_camera",
        "unplace_camera",
        "import_cameras",
        "list_templates",
        "add_template",
        "remove_template",
        "get_storage",
        "metrics",
    ),
    **_each(
        Needs.ORGANISATION,
        Right.PEOPLE,
        "set_reason_rules",
        "list_sessions",
        "end_session",
        "reset_second_factor",
        "list_invitations",
        "invite",
        "withdraw_invitation",
        "list_people",
        "give_role",
        "change_given_role",
        "take_role",
        "remove_person",
        "list_roles",
        "make_role",
        "change_role",
        "remove_role",
        "list_groups",
        "make_group",
        "change_group",
        "remove_group",
    ),
    **_each(
        Needs.ORGANISATION,
        Right.SHARE,
        "list_shares",
        "make_share",
        "end_share",
        "list_share_uses",
    ),
    **_each(Needs.ORGANISATION, Right.AUDIT, "list_events", "export_events", "verify_events"),
}
"""By the name of the route's function."""

WORDS = {
    Right.LIVE: "watch live",
    Right.REPLAY: "watch recorded footage",
    Right.EXPORT: "export footage",
    Right.PTZ: "steer cameras",
    Right.CONFIGURE: "change settings",
    Right.PEOPLE: "handle people and roles",
    Right.AUDIT: "read the event log",
    Right.SHARE: "share cameras with others",
}
"""What each right lets somebody do."""

_GIVING = ("give_role", "change_given_role", "invite", "change_role", "change_group")
ACTS: dict[str, Act] = {
    **dict.fromkeys(
        (
            "get_fragments",
            "get_media",
            "get_keys",
            "get_thumbnail",
            "get_playlist_entry",
            *(f"shared_{name}" for name in ("fragments", "part", "keys", "thumbnail")),
        ),
        Act.REPLAY,
    ),
    "make_export": Act.EXPORT,  # whoever takes the files finds the reason in the manifest
    "make_share": Act.SHARE,
    **dict.fromkeys(_GIVING, Act.RIGHTS),
    **dict.fromkeys(("remove_camera", "remove_site", "remove_person"), Act.REMOVE),
}
"""What an organisation may ask a reason for, by the name of the route's function.

That there is footage, and what an export would hold, may be known without one.
"""

ADMINISTRATORS = Rule(Needs.ORGANISATION, Right.CONFIGURE)
"""For a route that nobody put into the table."""
