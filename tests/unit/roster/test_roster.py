"""Ingest and record hear of every camera that people add, change and remove."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vedette.bus import BUSES
from vedette.cameras.store import CameraStore
from vedette.db.engine import Database
from vedette.db.sealing import Sealer
from vedette.model.camera import Camera, Credentials, StreamRole, StreamSource
from vedette.model.person import DEFAULT_ORGANISATION
from vedette.roster import Roster


def camera(name: str) -> Camera:
    streams = {StreamRole.MAIN: StreamSource(f"rtsp://192.0.2.1/{name}")}
    return Camera(f"id-{name}", DEFAULT_ORGANISATION, name, streams)


class Heard:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.words: list[str] = []

    async def put(self, camera: Camera, credentials: Credentials | None) -> None:
        who = f" as {credentials.username}" if credentials else ""
        self.words.append(f"put {camera.name}{who}")

    async def remove(self, camera: Camera) -> None:
        self.words.append(f"remove {camera.name}")

    def said(self) -> list[str]:
        words, self.words = self.words, []
        return words


def story(
    folder: Path,
    tell: Callable[[CameraStore, Roster, Heard], Coroutine[Any, Any, None]],
    mine: Callable[[Camera], bool] = lambda _: True,
) -> None:
    async def go() -> None:
        database = Database.open(f"sqlite:///{folder / 'vedette.db'}")
        await database.migrate()
        store = CameraStore(database, Sealer(folder / "key"))
        heard, bus = Heard(), BUSES.load("memory")()
        roster = Roster(store, heard, bus, mine)
        try:
            await tell(store, roster, heard)
        finally:
            roster.close()
            await bus.close()
            await database.close()

    asyncio.run(go())


def test_each_change_is_told_once(tmp_path: Path) -> None:
    async def tell(store: CameraStore, roster: Roster, heard: Heard) -> None:
        await store.add(DEFAULT_ORGANISATION, camera("gate"), None)
        await roster.look()
        await roster.look()
        assert heard.said() == ["put gate"]
        await store.set_credentials(DEFAULT_ORGANISATION, "id-gate", Credentials("viewer", "x"))
        await roster.look()
        assert heard.said() == ["put gate as viewer"]
        await store.update(DEFAULT_ORGANISATION, replace(camera("gate"), enabled=False))
        await roster.look()
        assert heard.said() == ["put gate as viewer"]
        await store.remove(DEFAULT_ORGANISATION, "id-gate")
        await roster.look()
        await roster.look()
        assert heard.said() == ["remove gate"]

    story(tmp_path, tell)


def test_a_look_that_finds_nothing_new_opens_no_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell(store: CameraStore, roster: Roster, heard: Heard) -> None:
        opened: list[str] = []
        credentials = store.credentials

        async def counted(organisation: str, camera: str) -> Credentials | None:
            opened.append(camera)
            return await credentials(organisation, camera)

        monkeypatch.setattr(store, "credentials", counted)
        await store.add(DEFAULT_ORGANISATION, camera("gate"), Credentials("viewer", "x"))
        await store.add(DEFAULT_ORGANISATION, camera("yard"), None)
        for _ in range(3):
            await roster.look()
        await store.update(DEFAULT_ORGANISATION, replace(camera("gate"), enabled=False))
        await roster.look()
        assert opened == ["id-gate"]
        assert heard.said() == ["put gate as viewer", "put yard", "put gate as viewer"]
        # Stored anew, though they are the same: looked at once, and nobody is disturbed.
        await store.set_credentials(DEFAULT_ORGANISATION, "id-gate", Credentials("viewer", "x"))
        await roster.look()
        await roster.look()
        assert opened == ["id-gate", "id-gate"]
        assert heard.said() == []

    story(tmp_path, tell)


def test_credentials_that_cannot_be_opened_are_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tell(store: CameraStore, roster: Roster, heard: Heard) -> None:
        await store.add(DEFAULT_ORGANISATION, camera("gate"), Credentials("viewer", "x"))
        with monkeypatch.context() as lost:
            lost.setattr(store, "_sealer", Sealer(tmp_path / "lost key"))
            await roster.look()
            await roster.look()
            assert heard.said() == ["put gate"]
        await roster.look()
        assert heard.said() == ["put gate as viewer"]

    story(tmp_path, tell)


def test_a_worker_hears_only_of_its_share(tmp_path: Path) -> None:
    async def tell(store: CameraStore, roster: Roster, heard: Heard) -> None:
        for name in ("gate", "yard"):
            await store.add(DEFAULT_ORGANISATION, camera(name), None)
        await roster.look()
        assert heard.said() == ["put yard"]

    story(tmp_path, tell, lambda one: one.name == "yard")


def test_a_lost_key_touches_only_cameras_with_passwords(tmp_path: Path) -> None:
    async def tell(store: CameraStore, roster: Roster, heard: Heard) -> None:
        with_lost_key = CameraStore(store._database, Sealer(tmp_path / "lost key"))
        gate = camera("gate")
        await with_lost_key.add(DEFAULT_ORGANISATION, gate, Credentials("viewer", "x"))
        await store.add(DEFAULT_ORGANISATION, camera("yard"), None)
        await roster.look()
        assert sorted(heard.said()) == ["put gate", "put yard"]

    story(tmp_path, tell)
