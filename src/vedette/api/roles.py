"""Roles and camera groups: what people may do, and where."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from vedette.accounts.roles import LONGEST_REPLAY_S, MOST_GROUP_CAMERAS
from vedette.api.audit import note
from vedette.api.entering import say_access_changed
from vedette.api.fields import Line, Uuid
from vedette.api.services import House, Who
from vedette.base.errors import NotFound
from vedette.base.ids import new_id
from vedette.model.rights import BUILT_IN, CameraGroup, Right, Role

router = APIRouter(tags=["roles"])

RoleId = Annotated[str, Path(pattern=r"^([0-9a-f-]{36}|[a-z]{3,20})$", description="Role")]
GroupId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="Camera group")]


class RoleBody(BaseModel, extra="forbid"):
    """What a role shall allow."""

    name: Line
    rights: Annotated[set[Right], Field(min_length=1)]
    replay_s: Annotated[
        int | None,
        Field(ge=1, le=LONGEST_REPLAY_S, description="How far back footage may be seen, seconds"),
    ] = None


class RoleShape(BaseModel):
    """A role."""

    id: str
    name: str
    rights: list[Right]
    replay_s: int | None
    built_in: bool


class RolesAnswer(BaseModel):
    """The built-in roles, then the organisation's own."""

    roles: list[RoleShape]


class GroupBody(BaseModel, extra="forbid"):
    """What a camera group shall hold."""

    name: Line
    cameras: Annotated[list[Uuid], Field(max_length=MOST_GROUP_CAMERAS)] = []


class GroupShape(BaseModel):
    """A camera group."""

    id: str
    name: str
    cameras: list[str]


class GroupsAnswer(BaseModel):
    """Every camera group, by name."""

    groups: list[GroupShape]


def _role_shape(role: Role) -> RoleShape:
    return RoleShape(
        id=role.id,
        name=role.name,
        rights=[right for right in Right if right in role.rights],
        replay_s=role.replay_s,
        built_in=role.id in BUILT_IN,
    )


def _group_shape(group: CameraGroup) -> GroupShape:
    return GroupShape(id=group.id, name=group.name, cameras=sorted(group.cameras))


@router.get("/roles")
async def list_roles(house: House, who: Who) -> RolesAnswer:
    """Every role of the organisation."""
    found = await house.accounts.roles.roles(who.organisation)
    return RolesAnswer(roles=[_role_shape(one) for one in found])


@router.post("/roles", status_code=201)
async def make_role(house: House, who: Who, request: Request, body: RoleBody) -> RoleShape:
    """Make a role."""
    return await _put_role(house, who, request, new_id(house.clock), body)


@router.put("/roles/{role_id}")
async def change_role(
    house: House, who: Who, request: Request, role_id: RoleId, body: RoleBody
) -> RoleShape:
    """Change a role for everybody who holds it."""
    known = {one.id for one in await house.accounts.roles.roles(who.organisation)}
    if role_id not in known:
        raise NotFound(f"there is no role {role_id}")
    return await _put_role(house, who, request, role_id, body)


async def _put_role(
    house: House, who: Who, request: Request, role_id: str, body: RoleBody
) -> RoleShape:
    rights = ", ".join(sorted(body.rights))
    note(request, name=body.name, rights=rights, replay_s=body.replay_s)
    role = Role(role_id, who.organisation, body.name, frozenset(body.rights), body.replay_s)
    made = await house.accounts.roles.put_role(who.organisation, role, giver=who)
    say_access_changed(house, who.organisation)
    return _role_shape(made)


@router.delete("/roles/{role_id}", status_code=204)
async def remove_role(house: House, who: Who, role_id: RoleId) -> None:
    """Remove a role that nobody holds."""
    await house.accounts.roles.remove_role(who.organisation, role_id)


@router.get("/groups")
async def list_groups(house: House, who: Who) -> GroupsAnswer:
    """Every camera group of the organisation."""
    found = await house.accounts.roles.groups(who.organisation)
    return GroupsAnswer(groups=[_group_shape(one) for one in found])


@router.post("/groups", status_code=201)
async def make_group(house: House, who: Who, request: Request, body: GroupBody) -> GroupShape:
    """Make a camera group."""
    return await _put_group(house, who, request, new_id(house.clock), body)


@router.put("/groups/{group_id}")
async def change_group(
    house: House, who: Who, request: Request, group_id: GroupId, body: GroupBody
) -> GroupShape:
    """Change a camera group, and with it what its members may see."""
    known = {one.id for one in await house.accounts.roles.groups(who.organisation)}
    if group_id not in known:
        raise NotFound(f"there is no group {group_id}")
    return await _put_group(house, who, request, group_id, body)


async def _put_group(
    house: House, who: Who, request: Request, group_id: str, body: GroupBody
) -> GroupShape:
    note(request, name=body.name, cameras=len(body.cameras))
    group = CameraGroup(group_id, who.organisation, body.name, frozenset(body.cameras))
    made = await house.accounts.roles.put_group(who.organisation, group, giver=who)
    say_access_changed(house, who.organisation)
    return _group_shape(made)


@router.delete("/groups/{group_id}", status_code=204)
async def remove_group(house: House, who: Who, group_id: GroupId) -> None:
    """Remove a camera group, and every role given for it."""
    await house.accounts.roles.remove_group(who.organisation, group_id)
    say_access_changed(house, who.organisation)
