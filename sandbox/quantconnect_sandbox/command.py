"""The command line: `quantconnect-sandbox`, `quantconnect-sandbox user add`.

Knows: options and what is printed. Must not know: endpoints, how requests are answered.
"""

import contextlib
import math
from pathlib import Path
from typing import Any

import click

from quantconnect_sandbox.configuration import FASTEST, Configuration, Switches
from quantconnect_sandbox.control.faults import FaultError
from quantconnect_sandbox.state.database import StateError
from quantconnect_sandbox.state.people import (
    COLLEAGUE,
    DEFAULT_USER,
    People,
    PeopleError,
    read_people,
    user_of,
    write_people,
)
from quantconnect_sandbox.transport.application import BANNER
from quantconnect_sandbox.transport.serving import ListenError, address, built, listening, server_of

FILE = click.Path(path_type=Path, dir_okay=False)


def _switch_options(command: Any) -> Any:
    """One option for each switch, from their own list of choices."""
    for name, values in reversed(Switches.choices().items()):
        option = click.option(
            f"--{name.replace('_', '-')}",
            name,
            type=click.Choice(values),
            default=values[0],
            show_default=True,
        )
        command = option(command)
    return command


@click.group(invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port",
    default=5612,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="0 picks a free port. The LEAN CLI with QC_API=local expects 5612.",
)
@click.option(
    "--speed",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0, FASTEST),
    help="How many times faster than real time builds and runs go; 0 = at once.",
)
@click.option(
    "--state", type=FILE, help="SQLite file that keeps everything; without it all is forgotten at the end."
)
@click.option("--users", type=FILE, help="JSON file of users; without it there is one, named at the start.")
@click.option("--faults", type=FILE, help="JSON or TOML file of faults to show to clients.")
@_switch_options
@click.version_option(package_name="quantconnect-sandbox", prog_name="quantconnect-sandbox")
@click.pass_context
def sandbox(
    context: click.Context,
    /,
    host: str,
    port: int,
    speed: float,
    state: Path | None,
    users: Path | None,
    faults: Path | None,
    **switches: str,
) -> None:
    """Serve a stand-in for the QuantConnect API: no account, no network, invented data."""
    if context.invoked_subcommand is not None:
        return
    if math.isnan(speed):  # it compares with no number, so that the range alone lets it pass
        raise click.BadParameter("it is not a number.", param_hint="--speed")
    configuration = Configuration(
        host=host,
        port=port,
        speed=speed,
        state=state,
        users=users,
        faults=faults,
        switches=Switches().changed(switches),
    )
    try:
        application = built(configuration)
        bound = listening(configuration)
    except (StateError, PeopleError, FaultError, ListenError) as error:
        raise click.ClickException(str(error)) from error
    _announce(address(bound), configuration, context.command_path)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            server_of(application).run(sockets=[bound])
    finally:
        bound.close()
        application.world.runs.close()
        application.world.store.close()


def _announce(url: str, configuration: Configuration, command: str) -> None:
    """The banner, then one line with the URL: it is printed once the socket is bound."""
    lines = [
        BANNER,
        f"State: {configuration.state or 'in memory, forgotten at the end'}. Speed: {configuration.speed:g}.",
    ]
    if configuration.users is None:
        lines.append(f"User {DEFAULT_USER.id}, API token {DEFAULT_USER.api_token}.")
        lines.append(f"Colleague to share projects with: {COLLEAGUE.public_id} (public id).")
        lines.append(f"More users: {command} user add --users FILE, then --users FILE.")
    lines.append(f"Sandbox ready at {url}")
    for line in lines:
        click.echo(line, err=True)


@sandbox.group()
def user() -> None:
    """Users of a sandbox."""


@user.command("add")
@click.option("--users", required=True, type=FILE, help="JSON file of users; made if it does not exist.")
@click.option("--id", "number", type=click.IntRange(1), help="User id; the next free one if left out.")
@click.option("--token", help="API token; a random one if left out.")
@click.option("--name", help="Display name.")
@click.option("--organization", help="Organization id, 32 hex digits; an own one if left out.")
def add(
    users: Path, number: int | None, token: str | None, name: str | None, organization: str | None
) -> None:
    """Add a user to a users file and print its id, token and organization."""
    if token is not None and not token.strip():
        raise click.ClickException("--token is blank. Leave it out for a random one.")
    try:
        people = read_people(users) if users.exists() else People()
        entry = {"id": number, "apiToken": token, "name": name, "organization": organization}
        person = user_of(entry, people)
        people.add(person)
        write_people(users, people)
    except (PeopleError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"user {person.id}\ntoken {person.api_token}\norganization {person.organization}")
    click.echo(f"public id {person.public_id}")
