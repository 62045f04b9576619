"""Templates of cameras in the database; each organisation sees its own only."""

from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Row, delete, insert, select
from sqlalchemy.exc import IntegrityError

from vedette.base.errors import BadRequest, ConfigError, Conflict, NotFound
from vedette.db import schema
from vedette.db.engine import Database
from vedette.model.camera import RecordingPolicy, Transport
from vedette.model.template import CameraTemplate

_TABLE = schema.camera_template
_POLICY = TypeAdapter(RecordingPolicy)
_LONGEST = 200
MOST_TEMPLATES = 200
"""Of one organisation; more would be no help in a list to choose from."""


class TemplateStore:
    """The templates of every organisation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, organisation: str) -> list[CameraTemplate]:
        """The templates of an organisation, by name.

        Raises:
            ConfigError: A stored template cannot be understood.
        """
        question = (
            select(_TABLE).where(_TABLE.c.organisation == organisation).order_by(_TABLE.c.name)
        )
        return await self._database.read(
            lambda at: [_to_template(row) for row in at.execute(question)]
        )

    async def add(self, organisation: str, template: CameraTemplate) -> CameraTemplate:
        """Keep a template.

        Raises:
            BadRequest: It belongs to another organisation, or a text is too long.
            Conflict: The organisation has one of that name, or too many.
            NotFound: There is no such site.
        """
        template = _checked(organisation, template)
        site = schema.site

        def change(connection: Connection) -> None:
            known = select(site.c.id).where(
                site.c.organisation == organisation, site.c.id == template.site
            )
            if template.site is not None and connection.execute(known).first() is None:
                raise NotFound(f"there is no site {template.site}")
            mine = select(_TABLE.c.id).where(_TABLE.c.organisation == organisation)
            if len(connection.execute(mine).all()) >= MOST_TEMPLATES:
                raise Conflict(f"there are {MOST_TEMPLATES} templates already; remove some first")
            connection.execute(insert(_TABLE), [_to_row(template)])

        try:
            await self._database.write(change)
        except IntegrityError as error:
            raise Conflict(
                f"there is already a template named {template.name!r}; choose another name"
            ) from error
        return template

    async def remove(self, organisation: str, template: str) -> None:
        """Forget a template; cameras that were added with it stay as they are.

        Raises:
            NotFound: There is none.
        """
        one = (_TABLE.c.organisation == organisation, _TABLE.c.id == template)

        def change(connection: Connection) -> None:
            if connection.execute(delete(_TABLE).where(*one)).rowcount == 0:
                raise NotFound(f"there is no template {template}")

        await self._database.write(change)


def _checked(organisation: str, template: CameraTemplate) -> CameraTemplate:
    name = template.name.strip()
    if template.organisation != organisation:
        raise BadRequest(f"template {name!r} does not belong to organisation {organisation}")
    if not name:
        raise BadRequest("a template needs a name")
    texts = (name, template.make.strip(), template.model.strip())
    if any(len(one) > _LONGEST or not one.isprintable() for one in texts):
        raise BadRequest(f"name, make and model have at most {_LONGEST} printable characters")
    return replace(template, name=texts[0], make=texts[1], model=texts[2])


def _to_row(template: CameraTemplate) -> dict[str, Any]:
    row = {name: getattr(template, name) for name in CameraTemplate.__slots__}
    row["policy"] = _POLICY.dump_json(template.policy).decode()
    row["transport"] = template.transport.value
    return row


def _to_template(row: Row[Any]) -> CameraTemplate:
    values = {name: getattr(row, name) for name in CameraTemplate.__slots__}
    try:
        values["policy"] = _POLICY.validate_json(row.policy)
        values["transport"] = Transport(row.transport)
    except (ValidationError, ValueError):
        raise ConfigError(
            f"template {row.name!r} ({row.id}) is stored with a wrong setting; remove it"
        ) from None
    return CameraTemplate(**values)
