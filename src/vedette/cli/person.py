"""``vedette person`` and ``vedette token``: who may sign in, and what scripts sign in with."""

import os
from typing import Annotated

import typer

from vedette.base.clock import SystemClock
from vedette.base.errors import NotFound
from vedette.base.units import US_PER_S, us_to_text
from vedette.cli.installation import (
    ConfigOption,
    DataOption,
    Installation,
    JsonOption,
    work,
)
from vedette.cli.output import out, print_json_line, speaks_plainly
from vedette.model.person import Person
from vedette.model.rights import ADMINISTRATOR, Role

person = typer.Typer(no_args_is_help=True, help="Who may sign in.")
token = typer.Typer(no_args_is_help=True, help="API tokens for scripts.")

NameArgument = Annotated[str, typer.Argument(help="The person's name.")]
_PASSWORD_VARIABLE = "VEDETTE_PASSWORD"  # noqa: S105  the name of a variable


def _password() -> str:
    given = os.environ.get(_PASSWORD_VARIABLE)
    return given or typer.prompt(
        "New password", hide_input=True, confirmation_prompt=True, err=True
    )


async def _named(here: Installation, name: str) -> Person:
    people = await here.stores.accounts.people(here.organisation)
    found = next((one for one in people if one.name == name), None)
    if found is None:
        known = ", ".join(one.name for one in people) or "nobody yet"
        raise NotFound(f"there is no person {name!r}; there is: {known}")
    return found


@person.command("add")
@speaks_plainly
def add_person(
    name: NameArgument,
    role: Annotated[
        str | None,
        typer.Option(
            help="Role for the whole organisation; administrator for the first, else viewer."
        ),
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Add somebody; the password is asked, or read from VEDETTE_PASSWORD."""
    password = _password()

    async def command(here: Installation) -> tuple[Person, Role]:
        accounts, mine = here.stores.accounts, here.organisation
        known = await accounts.roles.roles(mine)
        first = not await accounts.roles.grants(mine)
        wanted = (role or (ADMINISTRATOR if first else "viewer")).casefold()
        chosen = next((one for one in known if wanted in {one.id, one.name.casefold()}), None)
        if chosen is None:
            names = ", ".join(one.name for one in known)
            raise NotFound(f"there is no role {role!r}; there is: {names}")
        added = await accounts.create_person(mine, name, password)
        await accounts.roles.new_grant(mine, added.id, chosen.id)
        return added, chosen

    added, chosen = work(data, config, command)
    out.print(f"added {added.name} as {chosen.name}")


@person.command("password")
@speaks_plainly
def set_password(name: NameArgument, data: DataOption = None, config: ConfigOption = None) -> None:
    """Set a new password; open sessions of the person end."""
    password = _password()

    async def command(here: Installation) -> None:
        found = await _named(here, name)
        await here.stores.accounts.set_password(here.organisation, found.id, password)

    work(data, config, command)
    out.print(f"the password of {name} is set")


@person.command("reset-second-factor")
@speaks_plainly
def reset_second_factor(
    name: NameArgument, data: DataOption = None, config: ConfigOption = None
) -> None:
    """Ask for no codes any more, for somebody who lost the telephone; open sessions end."""

    async def command(here: Installation) -> None:
        found = await _named(here, name)
        await here.stores.entrance.second_factor.remove(here.organisation, found.id)

    work(data, config, command)
    out.print(f"{name} signs in with the password alone until a second step is set up again")


@person.command()
@speaks_plainly
def link(
    name: NameArgument,
    data: DataOption = None,
    config: ConfigOption = None,
    minutes: Annotated[int, typer.Option(min=1, help="How long it may be used.")] = 60,
) -> None:
    """Print a link that signs the person in once."""

    async def command(here: Installation) -> str:
        found = await _named(here, name)
        secret = await here.stores.accounts.make_entry_link(
            here.organisation, found.id, minutes * 60
        )
        server = here.settings.server
        base = server.public_url.rstrip("/") or f"http://{server.host}:{server.port}"
        return f"{base}/enter#{secret}"

    print(work(data, config, command))  # noqa: T201  data, not talk


@person.command("list")
@speaks_plainly
def list_people(
    data: DataOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Who may sign in."""

    async def command(here: Installation) -> list[Person]:
        return list(await here.stores.accounts.people(here.organisation))

    for one in work(data, config, command):
        if as_json:
            print_json_line({"id": one.id, "name": one.name, "created": us_to_text(one.created_us)})
        else:
            out.print(f"{one.name}  since {us_to_text(one.created_us)[:10]}")


@token.command("add")
@speaks_plainly
def add_token(
    name: NameArgument,
    label: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    days: Annotated[int | None, typer.Option(min=1, help="Until it expires.")] = 90,
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Make an API token that acts for a person; it is shown this once."""

    async def command(here: Installation) -> str:
        found = await _named(here, name)
        expires = None if days is None else SystemClock().wall_us() + days * 86400 * US_PER_S
        secret, _ = await here.stores.accounts.make_token(
            here.organisation, found.id, label, expires
        )
        return secret

    print(work(data, config, command))  # noqa: T201  data, not talk
