"""Footage without waiting for it: clips kept as if they had been recorded long ago."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from vedette.base.ids import new_id
from vedette.base.units import ticks_to_us, us_to_ticks
from vedette.catalog.ports import FootageBatch
from vedette.media import aac, g711, h264, h265
from vedette.media.fmp4 import AUDIO_TRACK_ID, VIDEO_TRACK_ID, Sample, fragment, init_segment
from vedette.media.nal import join_lengths
from vedette.model.camera import Camera, RecordingPolicy, StreamKey, StreamRole, StreamSource
from vedette.model.footage import FormatRow, Fragment, Gap, Segment, SegmentState
from vedette.model.packet import Codec, GapReason, Packet, StreamFormat, StreamOpened, TrackKind
from vedette.settings import load
from vedette.storage.paths import segment_path
from vedette.stores import Stores, open_stores, open_volumes
from vedette.testing.camera.clip import Clip

_COMMIT_SEGMENTS = 120


def format_of(clip: Clip) -> StreamFormat:
    """How to decode a clip."""
    codec = h264 if clip.format.codec is Codec.H264 else h265
    sound = clip.format.audio
    audio = None
    if sound is not None and sound.codec is Codec.AAC:
        audio = aac.audio_track(sound.config)
    elif sound is not None:
        audio = g711.audio_track(sound.codec, sound.sample_rate, sound.channels)
    return StreamFormat(codec.track_from_units(clip.format.parameter_sets), audio)


def packets_of(clip: Clip, opened: StreamOpened, turns: int = 1) -> Iterator[Packet]:
    """A clip as ingest would publish it, without delay, sound after the picture it goes with.

    Args:
        clip: To play.
        opened: What was published before; time counts from it.
        turns: How often to play it.
    """
    sound = clip.format.audio
    heard = 0
    for turn in range(turns):
        for frame in clip.frames:
            dts = frame.dts + turn * clip.duration
            at_us = ticks_to_us(dts, 90_000)
            yield Packet(
                track=TrackKind.VIDEO,
                pts=frame.pts + turn * clip.duration,
                dts=dts,
                arrival_ns=opened.arrival_ns + at_us * 1000,
                wall_us=opened.wall_us + at_us,
                key=frame.key,
                payload=join_lengths(frame.units),
            )
            while sound is not None and ticks_to_us(heard, sound.sample_rate) <= at_us:
                index = heard // sound.frame_samples
                yield Packet(
                    track=TrackKind.AUDIO,
                    pts=heard,
                    dts=heard,
                    arrival_ns=opened.arrival_ns + at_us * 1000,
                    wall_us=opened.wall_us + at_us,
                    key=True,
                    payload=sound.frames[index % len(sound.frames)],
                )
                heard += sound.frame_samples


@dataclass(slots=True)
class MadeSegment:
    """A file and its rows.

    Attributes:
        data: The bytes of the file.
    """

    data: bytes
    format: FormatRow
    fragments: list[Fragment]


def _groups(packets: list[Packet]) -> list[list[Packet]]:
    groups: list[list[Packet]] = []
    for packet in packets:
        if packet.key and packet.track is TrackKind.VIDEO:
            groups.append([])
        groups[-1].append(packet)
    return groups


def made_segment(clip: Clip, stream: StreamKey, start_us: int, turns: int) -> MadeSegment:
    """A file of one fragment per group of pictures, and its rows.

    Args:
        clip: What was seen; it must begin with a key frame.
        stream: By whom.
        start_us: When.
        turns: How often it was seen.
    """
    stream_format = format_of(clip)
    init = init_segment(stream_format)
    row = FormatRow(
        id=hashlib.sha256(init).hexdigest()[:32],
        init=init,
        video_codec=stream_format.video.codec_string,
        audio_codec=stream_format.audio.codec_string if stream_format.audio else "",
        width=stream_format.video.width,
        height=stream_format.video.height,
        video_timescale=90_000,
    )
    packets = list(packets_of(clip, StreamOpened("", stream_format, 0, start_us), turns))
    first = min(packet.dts for packet in packets if packet.track is TrackKind.VIDEO)
    made = MadeSegment(init, row, [])
    step = clip.duration // len(clip.frames)
    for number, group in enumerate(_groups(packets), start=1):
        video = [one for one in group if one.track is TrackKind.VIDEO]
        sound = [one for one in group if one.track is TrackKind.AUDIO]
        samples = [Sample(one.payload, step, one.key, one.pts - one.dts) for one in video]
        base = video[0].dts - first
        picture = b"".join(fragment(VIDEO_TRACK_ID, number, base, samples))
        heard = b""
        if sound and clip.format.audio is not None:
            length = clip.format.audio.frame_samples
            parts = [Sample(one.payload, length, key=True) for one in sound]
            lead = us_to_ticks(ticks_to_us(-first, 90_000), clip.format.audio.sample_rate)
            heard = b"".join(fragment(AUDIO_TRACK_ID, number, sound[0].dts + lead, parts))
        made.fragments.append(
            Fragment(
                stream=stream,
                start_us=start_us + ticks_to_us(base, 90_000),
                duration_us=ticks_to_us(step * len(video), 90_000),
                segment_start_us=start_us,
                offset=len(made.data),
                size=len(picture) + len(heard),
                video_size=len(picture),
                media_start=base,
                media_duration=step * len(video),
                frames=len(video),
                lost_frames=0,
                lost_packets=0,
                key=video[0].key,
                sha256=hashlib.sha256(picture + heard).digest(),
            )
        )
        made.data += picture + heard
    return made


@dataclass(frozen=True, slots=True)
class Past:
    """What a camera recorded.

    Attributes:
        name: Of the camera, which is added switched off.
        clip: What it saw and heard.
        turns: How often within one segment.
        starts_us: When each segment begins; where one does not touch the next there is a gap.
        sub: What was recorded of its sub stream, at the same times; None when nothing was.
        deaf_us: Those of the starts at which it heard nothing.
    """

    name: str
    clip: Clip
    turns: int
    starts_us: Sequence[int]
    sub: Clip | None = None
    deaf_us: frozenset[int] = frozenset()


async def fill(data: Path, pasts: Sequence[Past]) -> dict[str, str]:
    """Put footage into a data folder that no server uses now.

    Every segment of a camera is the same file under many names (hard links), so that a day takes
    no more room than a minute.

    Returns:
        Identifiers of the cameras by name.
    """
    async with open_stores(load(None, data=data)) as stores:
        await stores.organisation()
        (place,) = (await _made_volumes(stores)).items()
        return {past.name: await _fill_camera(stores, past, place) for past in pasts}


async def _made_volumes(stores: Stores) -> dict[str, Path]:
    """The volumes, made where there are none yet."""
    async with open_volumes(stores.settings):
        return await stores.volume_roots()


async def _fill_camera(stores: Stores, past: Past, place: tuple[str, Path]) -> str:
    organisation = await stores.organisation()
    clips = {StreamRole.MAIN: past.clip}
    if past.sub is not None:
        clips[StreamRole.SUB] = past.sub
    camera = Camera(
        id=new_id(),
        organisation=organisation,
        name=past.name,
        streams={role: StreamSource(f"rtsp://192.0.2.1/{role}") for role in clips},
        policy=RecordingPolicy(record_sub=past.sub is not None),
        enabled=False,
    )
    await stores.cameras.add(organisation, camera, None)
    deaf = [start_us for start_us in past.starts_us if start_us in past.deaf_us]
    heard = [start_us for start_us in past.starts_us if start_us not in past.deaf_us]
    for role, clip in clips.items():
        stream = camera.key(role)
        mute = replace(clip, format=replace(clip.format, audio=None))
        for seen, starts_us in ((clip, heard), (mute, deaf)):
            if starts_us:
                part = replace(past, clip=seen, starts_us=starts_us)
                await _fill_stream(stores, part, stream, place)
        length_us = past.turns * ticks_to_us(clip.duration, 90_000)
        await stores.catalog.commit(organisation, FootageBatch(gaps=_gaps(past, stream, length_us)))
    return camera.id


def _gaps(past: Past, stream: StreamKey, length_us: int) -> tuple[Gap, ...]:
    return tuple(
        Gap(stream, earlier + length_us, later, GapReason.STALLED, "the camera sent nothing")
        for earlier, later in pairwise(past.starts_us)
        if later > earlier + length_us
    )


async def _fill_stream(
    stores: Stores, past: Past, stream: StreamKey, place: tuple[str, Path]
) -> None:
    organisation, (volume, root) = stream.organisation, place
    made = made_segment(past.clip, stream, past.starts_us[0], past.turns)
    length_us = made.fragments[-1].start_us + made.fragments[-1].duration_us - past.starts_us[0]
    first = root / segment_path(stream, past.starts_us[0])
    for start_us in past.starts_us:
        path = root / segment_path(stream, start_us)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path == first:
            path.write_bytes(made.data)
        else:
            os.link(first, path)
    await stores.catalog.commit(organisation, FootageBatch((made.format,)))
    for at in range(0, len(past.starts_us), _COMMIT_SEGMENTS):
        starts = past.starts_us[at : at + _COMMIT_SEGMENTS]
        segments = [_segment(made, stream, start, length_us, volume) for start in starts]
        fragments = [
            replace(one, start_us=one.start_us - past.starts_us[0] + start, segment_start_us=start)
            for start in starts
            for one in made.fragments
        ]
        batch = FootageBatch(segments=tuple(segments), fragments=tuple(fragments))
        await stores.catalog.commit(organisation, batch)


def _segment(
    made: MadeSegment, stream: StreamKey, start_us: int, length_us: int, volume: str
) -> Segment:
    return Segment(
        stream=stream,
        start_us=start_us,
        end_us=start_us + length_us,
        run="made",
        volume=volume,
        path=segment_path(stream, start_us),
        format_id=made.format.id,
        bytes=len(made.data),
        frames=sum(one.frames for one in made.fragments),
        lost_frames=0,
        state=SegmentState.FINISHED,
    )
