"""``vedette doctor``: what is wrong with this installation, and how to mend it."""

import asyncio
import os
import resource
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import typer

import vedette
from vedette.base.clock import SystemClock
from vedette.base.errors import VedetteError
from vedette.base.units import US_PER_S, us_to_text
from vedette.cli.installation import ConfigOption, DataOption, JsonOption
from vedette.cli.logs import configure_logs
from vedette.cli.output import Exit, out, print_json_line, speaks_plainly
from vedette.model.camera import StreamRole
from vedette.settings import Settings, load
from vedette.storage.settings import VolumeSettings
from vedette.stores import Stores, open_stores, running_server

_EARLIEST_SANE_US = 1_735_689_600 * US_PER_S  # 2025-01-01: a clock before this was never set
_FILES_PER_CAMERA = 6
_PAGE = Path(vedette.__file__).parent / "console" / "static" / "index.html"
_QUIET_S = 90


class Verdict(StrEnum):
    """How a check ended."""

    FINE = "fine"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw.

    Attributes:
        check: What was looked at.
        verdict: How it ended.
        detail: What was seen.
        mend: What to do; empty when fine.
    """

    check: str
    verdict: Verdict
    detail: str
    mend: str = ""


_MARKS = {
    Verdict.FINE: "[green]fine [/]",
    Verdict.NOTE: "[yellow]note [/]",
    Verdict.WRONG: "[bold red]wrong[/]",
}


@speaks_plainly
def doctor(
    data: DataOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Look for what is wrong with this installation and say how to mend it."""
    configure_logs("error", as_json=False)
    findings = asyncio.run(_examine(data, config))
    for finding in findings:
        if as_json:
            print_json_line(
                {
                    "check": finding.check,
                    "verdict": finding.verdict.value,
                    "detail": finding.detail,
                    "mend": finding.mend,
                }
            )
        else:
            out.print(f"{_MARKS[finding.verdict]} {finding.check}: {finding.detail}")
            if finding.mend:
                out.print(f"      -> {finding.mend}")
    if any(finding.verdict is Verdict.WRONG for finding in findings):
        raise typer.Exit(Exit.FAILED)


async def _examine(data: Path | None, config: Path | None) -> list[Finding]:
    try:
        settings = load(config, data=data)
    except VedetteError as error:
        return [Finding("configuration", Verdict.WRONG, str(error), "mend the file and try again")]
    findings = [
        Finding("configuration", Verdict.FINE, f"data folder {settings.data.resolve()}"),
        _python(),
        _data_folder(settings),
        _clock(),
        _page(),
        _server(settings),
        _congestion(settings),
    ]
    findings += [_volume(volume) for volume in settings.footage_volumes]
    findings += [finding async for finding in _stores(settings)]
    return findings


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("Python", Verdict.FINE, version)


def _data_folder(settings: Settings) -> Finding:
    folder = settings.data
    if not folder.exists():
        return Finding(
            "data folder",
            Verdict.NOTE,
            f"{folder} does not exist yet",
            "`vedette run` makes it; if it should exist, give the right --data",
        )
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Finding(
            "data folder",
            Verdict.WRONG,
            f"{folder} is not writable for user {os.geteuid()}",
            f"chown -R {os.geteuid()} {folder}, or run as its owner",
        )
    return Finding("data folder", Verdict.FINE, "writable")


def _clock() -> Finding:
    now = SystemClock().wall_us()
    if now < _EARLIEST_SANE_US:
        return Finding(
            "clock",
            Verdict.WRONG,
            f"the computer believes it is {us_to_text(now)}",
            "set the clock and keep it set (systemd-timesyncd or chrony); footage is found by time",
        )
    return Finding("clock", Verdict.FINE, us_to_text(now))


def _page() -> Finding:
    if _PAGE.exists():
        return Finding("web page", Verdict.FINE, "built")
    return Finding("web page", Verdict.WRONG, "not built", "run `make web` in the checkout")


def _server(settings: Settings) -> Finding:
    running = running_server(settings)
    if running:
        return Finding("server", Verdict.FINE, f"running as process {running}")
    port = settings.server.port
    with socket.socket() as probe:
        probe.settimeout(1)
        taken = port != 0 and probe.connect_ex((settings.server.host, port)) == 0
    if taken:
        return Finding(
            "server",
            Verdict.WRONG,
            f"not running, and something else answers on port {port}",
            "stop it, or choose another port with --port",
        )
    return Finding(
        "server", Verdict.NOTE, "not running", f"`vedette run --data {settings.data}` starts it"
    )


def _congestion(settings: Settings) -> Finding:
    """Whether the kernel gives what keeps live pictures moving on a bad link."""
    name, check = settings.server.congestion, "lost packets"
    if not name or not hasattr(socket, "TCP_CONGESTION"):
        return Finding(check, Verdict.FINE, "answered as the system does")
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, name.encode())
    except OSError as error:
        return Finding(
            check,
            Verdict.NOTE,
            f"the kernel does not give {name} ({error.strerror}); on a link that loses packets "
            "live pictures fall behind by seconds",
            f"as root: `modprobe tcp_{name}`, and a line tcp_{name} in "
            "/etc/modules-load.d/bbr.conf; or set server.congestion to one of "
            "`sysctl net.ipv4.tcp_allowed_congestion_control`",
        )
    return Finding(check, Verdict.FINE, f"answered by {name}")


def _volume(volume: VolumeSettings) -> Finding:
    name = f"volume {volume.path}"
    if not volume.path.exists():
        return Finding(
            name,
            Verdict.NOTE,
            "the folder does not exist",
            "mount the disk if it was used before; a new folder is made by `vedette run`",
        )
    if not os.access(volume.path, os.W_OK | os.X_OK):
        return Finding(
            name, Verdict.WRONG, "not writable", f"give user {os.geteuid()} the right to write"
        )
    usage = shutil.disk_usage(volume.path)
    free = f"{usage.free / 1e9:.1f} GB of {usage.total / 1e9:.1f} GB free"
    if usage.free < volume.reserve_of(usage.total):
        return Finding(
            name,
            Verdict.WRONG,
            f"{free}, less than the reserve",
            "something else fills the disk, or everything is protected; free space or add a volume",
        )
    return Finding(name, Verdict.FINE, free)


async def _stores(settings: Settings) -> AsyncIterator[Finding]:
    if not settings.data.exists():
        return
    try:
        async with open_stores(settings) as stores:
            yield Finding("database", Verdict.FINE, stores.database.address)
            checks: list[Callable[[Settings, Stores], Awaitable[Finding]]] = [
                _people,
                _secrets,
                _sign_on,
                _cameras,
                _identities,
            ]
            for check in checks:
                yield await check(settings, stores)
    except VedetteError as error:
        yield Finding("database", Verdict.WRONG, str(error), "mend that first, then try again")


async def _people(settings: Settings, stores: Stores) -> Finding:
    people = await stores.accounts.people(await stores.organisation())
    if people:
        return Finding("people", Verdict.FINE, f"{len(people)} may sign in")
    return Finding(
        "people",
        Verdict.NOTE,
        "nobody may sign in yet",
        f"`vedette person add NAME --data {settings.data}`, or start the server and use its link",
    )


async def _secrets(settings: Settings, stores: Stores) -> Finding:
    """Open every sealed password once; a lost or wrong key shows here first."""
    organisation = await stores.organisation()
    opened = 0
    for camera in await stores.cameras.list(organisation):
        try:
            opened += await stores.cameras.credentials(organisation, camera.id) is not None
        except VedetteError as error:
            return Finding(
                "camera passwords",
                Verdict.WRONG,
                f"{camera.name}: {error}",
                f"put the right key back to {settings.key_file}, or set the passwords again",
            )
    return Finding("camera passwords", Verdict.FINE, f"{opened} can be opened")


async def _sign_on(settings: Settings, stores: Stores) -> Finding:
    """A role that a provider's people would get shows here, not when one of them lacks it."""
    name = "single sign-on"
    try:
        unknown = await stores.entrance.sign_on.check()
    except VedetteError as error:
        return Finding(name, Verdict.WRONG, str(error), "mend the provider's [[sign_on]] settings")
    if unknown:
        return Finding(
            name,
            Verdict.WRONG,
            "; ".join(unknown),
            "people who sign on do not get it: make it on the page of people or of sites, or mend "
            "its name under [[sign_on]]",
        )
    return Finding(name, Verdict.FINE, f"{len(settings.sign_on)} providers")


async def _cameras(settings: Settings, stores: Stores) -> Finding:
    organisation = await stores.organisation()
    cameras = [one for one in await stores.cameras.list(organisation) if one.enabled]
    needed = len(cameras) * _FILES_PER_CAMERA + 256
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit < needed:
        return Finding(
            "open files",
            Verdict.WRONG,
            f"the limit of {limit} is too low for {len(cameras)} cameras",
            f"raise it: ulimit -n {needed}, or LimitNOFILE={needed} in the service",
        )
    newest = {
        usage.stream.camera: usage.newest_us
        for usage in await stores.catalog.usage(organisation)
        if usage.stream.role is StreamRole.MAIN
    }
    if running_server(settings):
        horizon = SystemClock().wall_us() - _QUIET_S * US_PER_S
        quiet = [one.name for one in cameras if (newest.get(one.id) or 0) < horizon]
        if quiet:
            return Finding(
                "cameras",
                Verdict.WRONG,
                f"no footage in the last {_QUIET_S} s from {', '.join(quiet)}",
                "`vedette footage NAME --from -10m` names the reason; "
                "`vedette camera probe ADDRESS` asks the camera",
            )
    return Finding("cameras", Verdict.FINE, f"{len(cameras)} enabled")


async def _identities(settings: Settings, stores: Stores) -> Finding:
    try:
        roots = await stores.volume_roots()
    except VedetteError as error:
        return Finding(
            "volume identity", Verdict.WRONG, str(error), "mount the right disk at that place"
        )
    del settings
    return Finding("volume identity", Verdict.FINE, f"{len(roots)} known")
