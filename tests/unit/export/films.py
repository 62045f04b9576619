"""Export out of a house, and look at what came of it with FFmpeg."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av

from vedette.base.units import US_PER_S
from vedette.export.around import Around
from vedette.export.manifest import NAME, Manifest
from vedette.export.pace import Pace
from vedette.export.work import Exporter
from vedette.model.camera import StreamRole
from vedette.model.export import ExportedCamera, ExportOutcome, ExportRequest
from vedette.testing.house import House, open_house
from vedette.testing.numbered import BITS

NOON = 1_777_636_800 * US_PER_S


def told(folder: Path, story: Callable[[House], Awaitable[None]]) -> None:
    async def tell() -> None:
        async with open_house(folder) as house:
            await story(house)

    asyncio.run(tell())


def request_of(house: House, start_us: int, end_us: int, **more: Any) -> ExportRequest:
    camera = house.camera
    return ExportRequest(
        organisation=camera.organisation,
        cameras=(ExportedCamera(camera.id, camera.name),),
        role=StreamRole.MAIN,
        start_us=start_us,
        end_us=end_us,
        person="p",
        person_name="guard",
        **more,
    )


async def export(house: House, request: ExportRequest, folder: Path) -> ExportOutcome:
    folder.mkdir()  # noqa: ASYNC240  nothing else runs
    with ThreadPoolExecutor(1) as threads:
        pace = Pace(house.clock, 0)
        around = Around(house.catalog, house.volumes, house.clock, threads, pace, "vedette test")
        exporter = Exporter(around, request, folder, lambda _: None)
        return await exporter.run("0", "Home")


def manifest_of(folder: Path) -> Manifest:
    return Manifest.model_validate_json((folder / NAME).read_bytes())


@dataclass(frozen=True)
class Seen:
    """A picture as a player shows it."""

    number: int
    at: Fraction


def number_in(frame: Any) -> int:
    """What the strip of ``testing.numbered`` says."""
    luma = frame.to_ndarray(format="gray")
    height, width = luma.shape
    number = 0
    for bit in range(BITS):
        number = number * 2 + int(luma[height // 16, int((bit + 0.5) * width / BITS)] > 127)
    return number


def watch(path: Path) -> list[Seen]:
    """Every picture that FFmpeg shows of a file, edit lists obeyed, with its time."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        return [
            Seen(number_in(frame), frame.pts * Fraction(frame.time_base))
            for frame in cast("list[Any]", container.decode(video))
        ]


def listen(path: Path) -> tuple[str, list[tuple[float, int]]]:
    """Codec of the sound, and when each frame begins with how many samples."""
    with av.open(str(path)) as container:
        sound = container.streams.audio[0]
        heard = [(float(frame.time or 0), frame.samples) for frame in container.decode(sound)]
        return sound.codec_context.name, heard


def loudness(path: Path) -> Callable[[float], float]:
    """Tells how loud the sound is around a time of the film."""
    with av.open(str(path)) as container:
        sound = container.streams.audio[0]
        frames: list[Any] = list(container.decode(sound))
    rate = frames[0].sample_rate
    heard: dict[int, float] = {}
    for frame in frames:
        samples = frame.to_ndarray().astype(float)
        scale = 1.0 if frame.format.name == "fltp" else 32768.0
        begin = round(float(frame.time) * rate)
        for index in range(samples.shape[1]):
            heard[begin + index] = float(samples[0, index]) / scale

    def loud(at: float) -> float:
        middle = round(at * rate)
        part = [heard.get(middle + step, 0.0) for step in range(-rate // 50, rate // 50)]
        return sum(one * one for one in part) ** 0.5

    return loud


def boxes_of(path: Path) -> list[str]:
    data = path.read_bytes()
    found, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4])
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16])
        found.append(data[at + 4 : at + 8].decode())
        at += size
    return found
