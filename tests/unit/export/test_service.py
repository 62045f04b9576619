"""Exports as jobs: one after the other, ended, resumed after a crash, expired, kept in bounds."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.export.films import NOON, request_of
from vedette.base.errors import Conflict, NotFound
from vedette.base.units import US_PER_S
from vedette.bus.topics import EXPORT_CHANGED, ExportChanged
from vedette.export.service import ExportService
from vedette.export.settings import ExportSettings
from vedette.export.shelf import Shelf
from vedette.export.store import ExportStore
from vedette.model.export import ExportJob, ExportState
from vedette.storage.ports import Space
from vedette.testing.house import House, open_house
from vedette.testing.numbered import numbered_clip

S = US_PER_S
FREE = {"reserve_bytes": 0, "bytes_per_s": 0}
SLOW = ExportSettings.model_validate({"reserve_bytes": 0, "bytes_per_s": 1000})
"""On a clock that stands still, the second piece is never due."""


def run(
    folder: Path,
    story: Callable[[House], Awaitable[None]],
    settings: ExportSettings | None = None,
) -> None:
    async def tell() -> None:
        async with open_house(folder, exports=settings) as house:
            await house.record(numbered_clip(160, 96, frames=60), NOON - 10 * S)
            await story(house)

    asyncio.run(tell())


async def asked(house: House) -> ExportJob:
    return await house.services.exports.ask(request_of(house, NOON - 10 * S, NOON - 5 * S))


async def come_to(house: House, job: ExportJob, *states: ExportState) -> ExportJob:
    """The job as soon as it is in one of the states."""
    told: asyncio.Queue[ExportChanged] = asyncio.Queue()
    place = house.bus.subscribe(EXPORT_CHANGED, told.put_nowait)
    try:
        while True:
            now = await house.services.exports.get(job.organisation, job.id)
            if now.state in states:
                return now
            await asyncio.wait_for(told.get(), 30)
    finally:
        place.cancel()


async def under_way(house: House, job: ExportJob) -> None:
    """Return once the job writes into its folder, where SLOW leaves it."""
    await come_to(house, job, ExportState.RUNNING)
    folder = house.services.exports._shelf.root / f"{job.id}.part"
    while not folder.exists():
        await house.catalog.usage(job.organisation)  # a question, so that time passes


def another(house: House, folder: Path, settings: ExportSettings) -> ExportService:
    """As the one of the house, after a crash."""
    old = house.services.exports
    return ExportService(
        store=old._store,
        catalog=house.catalog,
        files=house.volumes,
        bus=house.bus,
        clock=house.clock,
        settings=settings,
        folder=folder / "exports",
        software="vedette test",
    )


def test_exports_are_made_one_after_the_other_in_the_order_they_were_asked(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        said: list[ExportChanged] = []
        house.bus.subscribe(EXPORT_CHANGED, said.append)
        jobs: list[ExportJob] = []
        for _ in range(3):
            jobs.append(await asked(house))
            house.clock.step_wall(1)
        for job in jobs:
            done = await come_to(house, job, ExportState.DONE)
            assert done.outcome is not None
            assert done.held_bytes == done.outcome.bytes
        running = [one.export for one in said if one.state is ExportState.RUNNING]
        assert list(dict.fromkeys(running)) == [job.id for job in jobs]
        ends = [one for one in said if one.state is ExportState.DONE]
        assert [one.done_us for one in ends] == [5 * S] * 3

    run(tmp_path, story)


def test_a_running_one_and_a_waiting_one_can_be_cancelled(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        exports = house.services.exports
        first, second = await asked(house), await asked(house)
        await under_way(house, first)
        for job in (second, first):
            ended = await exports.cancel(job.organisation, job.id)
            assert (ended.state, ended.held_bytes) == (ExportState.CANCELLED, 0)
            with pytest.raises(Conflict, match="cancelled already"):
                await exports.cancel(job.organisation, job.id)
        assert list((tmp_path / "exports").iterdir()) == []

    run(tmp_path, story, SLOW)


def test_a_running_one_can_be_deleted_and_the_next_one_begins(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        exports = house.services.exports
        first, second = await asked(house), await asked(house)
        await under_way(house, first)
        await exports.delete(first.organisation, first.id)
        await under_way(house, second)
        with pytest.raises(NotFound):
            await exports.get(first.organisation, first.id)
        names = [one.name for one in (tmp_path / "exports").iterdir()]
        assert names == [f"{second.id}.part"]

    run(tmp_path, story, SLOW)


def test_what_was_under_way_begins_anew_after_a_restart_and_nothing_is_left_over(
    tmp_path: Path,
) -> None:
    async def story(house: House) -> None:
        job = await asked(house)
        await under_way(house, job)
        await house.services.exports.stop()
        row = await house.services.exports._store.get(job.organisation, job.id)
        assert row.state is ExportState.RUNNING
        root = tmp_path / "exports"
        (root / "0192d3a1-0000-7000-8000-000000000000").mkdir()
        (root / "0192d3a1-0000-7000-8000-000000000001.part").mkdir()
        (root / "holiday").mkdir()
        anew = another(house, tmp_path, ExportSettings.model_validate(FREE))
        await anew.start()
        done = await come_to(house, job, ExportState.DONE)
        assert done.outcome is not None
        assert {one.name for one in root.iterdir()} == {job.id, "holiday"}
        await anew.stop()

    run(tmp_path, story, SLOW)


def test_files_go_after_their_days_and_the_export_is_remembered(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        exports = house.services.exports
        job = await come_to(house, await asked(house), ExportState.DONE)
        assert job.outcome is not None
        assert exports.path(job, "manifest.json").is_file()
        house.clock.step_wall(8 * 86_400)
        await exports.expire()
        expired = await exports.get(job.organisation, job.id)
        assert (expired.state, expired.held_bytes) == (ExportState.EXPIRED, 0)
        assert expired.outcome == job.outcome
        with pytest.raises(Conflict, match="no files"):
            exports.path(expired, "manifest.json")
        assert list((tmp_path / "exports").iterdir()) == []

    run(tmp_path, story)


def test_two_that_fit_alone_do_not_fit_together(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await asked(house)
        with pytest.raises(Conflict, match="your organisation's exports"):
            await asked(house)

    run(tmp_path, story, ExportSettings.model_validate(FREE | {"organisation_bytes": 50_000}))


def test_one_that_grows_beyond_its_quota_fails_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(house: House) -> None:
        store = house.services.exports._store
        add = ExportStore.add

        async def underestimated(
            _: ExportStore, organisation: str, job: ExportJob, **limits: int
        ) -> None:
            await add(store, organisation, replace(job, held_bytes=10), **limits)

        monkeypatch.setattr(ExportStore, "add", underestimated)
        job = await come_to(house, await asked(house), ExportState.FAILED, ExportState.DONE)
        assert job.state is ExportState.FAILED
        assert "quota" in job.problem
        assert list((tmp_path / "exports").iterdir()) == []

    run(tmp_path, story, ExportSettings.model_validate(FREE | {"organisation_bytes": 10_000}))


def test_a_disk_that_fills_up_meanwhile_ends_it_before_the_reserve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spaces = iter([Space(10**9, 10**9)])
    monkeypatch.setattr(Shelf, "space", lambda _: next(spaces, Space(10**9, 5)))

    async def story(house: House) -> None:
        job = await come_to(house, await asked(house), ExportState.FAILED, ExportState.DONE)
        assert job.state is ExportState.FAILED
        assert "reserve" in job.problem

    settings = ExportSettings.model_validate(FREE | {"reserve_bytes": 10**6})
    run(tmp_path, story, settings)
