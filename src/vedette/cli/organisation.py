"""``vedette organisation``: who shares this server, each with cameras and people of its own."""

import os
from typing import Annotated

import typer

from vedette.base.errors import Conflict, NotFound
from vedette.cli.installation import ConfigOption, DataOption, Installation, JsonOption, work
from vedette.cli.output import out, print_json_line, speaks_plainly
from vedette.model.person import Organisation
from vedette.model.rights import ADMINISTRATOR

organisation = typer.Typer(no_args_is_help=True, help="Organisations that share this server.")

_PASSWORD_VARIABLE = "VEDETTE_PASSWORD"  # noqa: S105  the name of a variable


@organisation.command("add")
@speaks_plainly
def add_organisation(
    name: Annotated[str, typer.Argument(help="How it is called; others share with that name.")],
    administrator: Annotated[str, typer.Option(help="Name of its first person.")],
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Make an organisation; the password is asked, or read from VEDETTE_PASSWORD."""
    password = os.environ.get(_PASSWORD_VARIABLE) or typer.prompt(
        "Password of the administrator", hide_input=True, confirmation_prompt=True, err=True
    )

    async def command(here: Installation) -> Organisation:
        accounts = here.stores.accounts
        # First what may be refused, so that no organisation is left without anybody.
        await accounts.hash_new_password(password, administrator)
        if await accounts.find(administrator) is not None:
            raise Conflict(f"the name {administrator!r} is taken; choose another for the person")
        made = await here.stores.organisations.add(name)
        person = await accounts.create_person(made.id, administrator, password)
        await accounts.roles.new_grant(made.id, person.id, ADMINISTRATOR)
        return made

    made = work(data, config, command)
    out.print(f"made {made.name} with {administrator} as administrator")


@organisation.command("rename")
@speaks_plainly
def rename_organisation(
    name: Annotated[str, typer.Argument(help="Its name so far.")],
    new_name: Annotated[str, typer.Argument(help="Its name from now on.")],
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Give an organisation another name."""

    async def command(here: Installation) -> None:
        known = await here.stores.organisations.all()
        found = next((one for one in known if one.name == name), None)
        if found is None:
            names = ", ".join(one.name for one in known)
            raise NotFound(f"there is no organisation {name!r}; there is: {names}")
        await here.stores.organisations.rename(found.id, new_name)

    work(data, config, command)
    out.print(f"{name} is called {new_name} from now on")


@organisation.command("list")
@speaks_plainly
def list_organisations(
    data: DataOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Which organisations there are."""

    async def command(here: Installation) -> list[Organisation]:
        return await here.stores.organisations.all()

    for one in work(data, config, command):
        if as_json:
            print_json_line({"id": one.id, "name": one.name})
        else:
            out.print(one.name)
