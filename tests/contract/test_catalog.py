"""What every catalogue must do, on SQLite and PostgreSQL alike."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from vedette.base.errors import BadRequest, Conflict, NotFound
from vedette.base.ids import new_id
from vedette.catalog.ports import Footage, FootageBatch, StreamUsage
from vedette.catalog.store import SqlCatalog
from vedette.db import schema
from vedette.db.engine import Database
from vedette.model.camera import StreamKey, StreamRole
from vedette.model.footage import (
    ClockStep,
    FormatRow,
    Fragment,
    Gap,
    LossMinute,
    Segment,
    SegmentState,
    Span,
)
from vedette.model.packet import GapReason

OnDatabase = Callable[[Callable[[Database], Awaitable[None]]], None]

S = 1_000_000
NOON = 1_777_636_800 * S
FORMAT = FormatRow("f" * 32, b"ftyp moov", "avc1.4D401F", "mp4a.40.2", 1920, 1080, 90_000)


def some_stream(role: StreamRole = StreamRole.MAIN, organisation: str | None = None) -> StreamKey:
    return StreamKey(organisation or new_id(), new_id(), role)


def some_segment(stream: StreamKey, start_us: int, end_us: int, **changes: Any) -> Segment:
    segment = Segment(
        stream=stream,
        start_us=start_us,
        end_us=end_us,
        run="r1",
        volume="v1",
        path=f"{stream.camera}/{start_us}.mp4",
        format_id=FORMAT.id,
        bytes=1_000,
        frames=1_500,
        lost_frames=0,
        state=SegmentState.FINISHED,
    )
    return replace(segment, **changes)


def some_fragment(stream: StreamKey, start_us: int, segment_us: int, **changes: Any) -> Fragment:
    fragment = Fragment(
        stream=stream,
        start_us=start_us,
        duration_us=2 * S,
        segment_start_us=segment_us,
        offset=(start_us - segment_us) // 100,
        size=900,
        video_size=800,
        media_start=(start_us - segment_us) * 9 // 100,
        media_duration=180_000,
        frames=50,
        lost_frames=0,
        lost_packets=0,
        key=True,
        sha256=bytes(range(32)),
    )
    return replace(fragment, **changes)


def batch(*segments: Segment, **rest: Any) -> FootageBatch:
    return replace(FootageBatch(formats=(FORMAT,), segments=segments), **rest)


def test_the_migrations_make_what_the_code_expects(on_database: OnDatabase) -> None:
    def named(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name is None or not schema.is_partition(name)

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"include_name": named})
        return compare_metadata(context, schema.metadata)

    async def story(database: Database) -> None:
        assert await database.read(differences) == []

    on_database(story)


def test_footage_comes_back_as_it_was_committed(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        catalog, stream = SqlCatalog(database), some_stream()
        segment = some_segment(stream, NOON, NOON + 60 * S, lost_frames=3)
        fragments = tuple(some_fragment(stream, NOON + n * 2 * S, NOON) for n in range(30))
        gap = Gap(stream, NOON + 60 * S, NOON + 70 * S, GapReason.STALLED, "silent for 10 s")
        step = ClockStep(stream, NOON + 65 * S, -2 * S)
        await catalog.commit(
            stream.organisation,
            batch(segment, fragments=fragments, gaps=(gap,), clock_steps=(step,)),
        )

        [answer] = await catalog.footage(stream.organisation, [stream], NOON, NOON + 80 * S)
        assert answer == Footage(stream, (Span(NOON, NOON + 60 * S, 3),), (gap,), (step,))
        found = await catalog.segments(stream.organisation, stream, NOON, NOON + S)
        assert found == [segment]
        assert await catalog.segment(stream.organisation, stream, NOON) == segment
        assert await catalog.format(stream.organisation, FORMAT.id) == FORMAT
        part = await catalog.fragments(stream.organisation, stream, NOON + 3 * S, NOON + 7 * S)
        assert part == list(fragments[1:4])
        first = await catalog.fragments(stream.organisation, stream, NOON, NOON + 60 * S, limit=2)
        assert first == list(fragments[:2])

    on_database(story)


def test_the_days_that_hold_footage_are_found_by_their_bounds(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        catalog, stream = SqlCatalog(database), some_stream()
        owner, day = stream.organisation, 86_400 * S
        bounds = [NOON + n * day for n in range(366)]
        assert await catalog.days(owner, stream, bounds) == []
        over_midnight = some_segment(stream, bounds[3] - 10 * S, bounds[3] + 10 * S)
        up_to_midnight = some_segment(stream, bounds[7] - 60 * S, bounds[7])
        last = some_segment(stream, bounds[-1] - 1, bounds[-1] + S)
        await catalog.commit(owner, batch(over_midnight, up_to_midnight, last))
        assert await catalog.days(owner, stream, bounds) == [2, 3, 6, 364]
        for wrong in ([NOON], [NOON, NOON], [NOON + 1, NOON], list(range(500))):
            with pytest.raises(BadRequest):
                await catalog.days(owner, stream, wrong)

    on_database(story)


def test_a_segment_that_began_long_before_the_question_is_found(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        catalog, stream = SqlCatalog(database), some_stream()
        long = some_segment(stream, NOON, NOON + 7_200 * S)
        await catalog.commit(stream.organisation, batch(long))
        at = NOON + 7_199 * S
        assert await catalog.segments(stream.organisation, stream, at, at + 1) == [long]
        [answer] = await catalog.footage(stream.organisation, [stream], at, at + 2 * S)
        assert answer.spans == (Span(at, at + S, 0),)
        assert await catalog.segments(stream.organisation, stream, long.end_us, at + 9 * S) == []

    on_database(story)


def test_a_growing_segment_is_updated_and_counted_once(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        catalog, stream = SqlCatalog(database), some_stream()
        writing = some_segment(stream, NOON, NOON + 2 * S, bytes=500, state=SegmentState.WRITING)
        await catalog.commit(stream.organisation, batch(writing))
        assert await catalog.unfinished(stream.organisation, "v1") == [writing]
        assert await catalog.oldest(stream.organisation, volume=None, stream=None, limit=9) == []
        done = replace(writing, end_us=NOON + 60 * S, bytes=9_000, state=SegmentState.FINISHED)
        await catalog.commit(stream.organisation, batch(done))
        await catalog.commit(stream.organisation, batch(done))
        assert await catalog.unfinished(stream.organisation, "v1") == []
        assert await catalog.usage(stream.organisation) == [
            StreamUsage(stream, 9_000, 0, 1, NOON, NOON + 60 * S)
        ]
        # Repair found that less of the file is whole.
        await catalog.commit(stream.organisation, batch(replace(done, end_us=NOON + 40 * S)))
        [usage] = await catalog.usage(stream.organisation)
        assert usage.newest_us == NOON + 40 * S

    on_database(story)


def test_a_batch_is_all_or_nothing(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        catalog, stream = SqlCatalog(database), some_stream()
        good = some_segment(stream, NOON, NOON + S)
        orphan = some_fragment(stream, NOON + 9 * S, NOON + 9 * S)
        with pytest.raises(BadRequest, match="no known segment"):
            await catalog.commit(stream.organisation, batch(good, fragments=(orphan,)))
        assert await catalog.usage(stream.organisation) == []
        with pytest.raises(NotFound):
            await catalog.segment(stream.organisation, stream, NOON)
        with pytest.raises(BadRequest, match="unknown format"):
            await catalog.commit(stream.organisation, FootageBatch(segments=(good,)))

    on_database(story)


@pytest.mark.parametrize(
    "wrong",
    [
        {"end_us": NOON - 1},
        {"end_us": NOON + 86_401 * S},
        {"bytes": -1},
        {"start_us": -5, "end_us": 0},
    ],
    ids=["backwards", "endless", "negative", "before time"],
)
def test_a_senseless_segment_is_refused(on_database: OnDatabase, wrong: dict[str, Any]) -> None:
    async def story(database: Database) -> None:
        catalog, stream = SqlCatalog(database), some_stream()
        with pytest.raises(BadRequest, match="makes no sense"):
            await catalog.commit(
                stream.organisation, batch(replace(some_segment(stream, NOON, NOON + S), **wrong))
            )

    on_database(story)


def test_rows_of_another_organisation_are_refused(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        catalog, stream, other = SqlCatalog(database), some_stream(), some_stream()
        with pytest.raises(BadRequest, match="does not belong"):
            await catalog.commit(stream.organisation, batch(some_segment(other, NOON, NOON + S)))
        with pytest.raises(BadRequest, match="does not belong"):
            await catalog.add_minutes(stream.organisation, [LossMinute(other, NOON)])

    on_database(story)


def test_a_fragment_may_come_again_but_not_differ(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        catalog, stream = SqlCatalog(database), some_stream()
        segment = some_segment(stream, NOON, NOON + 4 * S)
        one, two = (some_fragment(stream, NOON + n * 2 * S, NOON) for n in range(2))
        await catalog.commit(stream.organisation, batch(segment, fragments=(one,)))
        await catalog.commit(stream.organisation, FootageBatch(fragments=(one, two)))
        found = await catalog.fragments(stream.organisation, stream, NOON, NOON + 9 * S)
        assert found == [one, two]
        other = replace(two, sha256=bytes(32))
        with pytest.raises(Conflict, match="another fragment"):
            await catalog.commit(stream.organisation, FootageBatch(fragments=(other,)))

    on_database(story)


def test_a_gap_opens_closes_and_can_be_taken_back(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        catalog, stream = SqlCatalog(database), some_stream()
        gap = Gap(stream, NOON, None, GapReason.UNREACHABLE, "no route to host")
        await catalog.commit(stream.organisation, FootageBatch(gaps=(gap,)))
        assert await catalog.open_gaps(stream.organisation) == [gap]
        [answer] = await catalog.footage(
            stream.organisation, [stream], NOON + 999 * S, NOON + 1_000 * S
        )
        assert answer.gaps == (replace(gap, start_us=NOON + 999 * S, end_us=NOON + 1_000 * S),)

        closed = replace(gap, end_us=NOON + 40 * 86_400 * S)
        await catalog.commit(stream.organisation, FootageBatch(gaps=(closed,)))
        assert await catalog.open_gaps(stream.organisation) == []
        at = NOON + 39 * 86_400 * S
        [answer] = await catalog.footage(stream.organisation, [stream], at, at + S)
        assert answer.gaps == (replace(gap, start_us=at, end_us=at + S),)

        await catalog.commit(
            stream.organisation, FootageBatch(gaps=(replace(gap, end_us=gap.start_us),))
        )
        [answer] = await catalog.footage(stream.organisation, [stream], at, at + S)
        assert answer.gaps == ()

    on_database(story)


def test_retention_takes_the_oldest_and_leaves_the_protected(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        catalog = SqlCatalog(database)
        one = some_stream()
        two = some_stream(StreamRole.SUB, one.organisation)
        segments = [
            some_segment(
                stream,
                NOON + n * 60 * S,
                NOON + (n + 1) * 60 * S,
                volume=f"v{n % 2}",
                protected=n == 0,
            )
            for n, stream in enumerate([one, two, one, two, one])
        ]
        fragments = tuple(
            some_fragment(each.stream, each.start_us, each.start_us) for each in segments
        )
        organisation = one.organisation
        await catalog.commit(organisation, batch(*segments, fragments=fragments))

        async def oldest(volume: str | None, stream: StreamKey | None, limit: int) -> list[Segment]:
            return await catalog.oldest(organisation, volume=volume, stream=stream, limit=limit)

        assert await oldest(None, None, 2) == segments[1:3]
        assert await oldest("v0", None, 9) == [segments[2], segments[4]]
        assert await oldest(None, one, 9) == [segments[2], segments[4]]
        assert await oldest("v1", one, 9) == []
        assert await oldest("elsewhere", None, 9) == []

        taken = await catalog.condemn(organisation, segments[:3])
        erasing = [replace(each, state=SegmentState.ERASING) for each in segments[1:3]]
        assert sorted(taken, key=lambda each: each.start_us) == erasing
        assert await catalog.segments(organisation, one, NOON, NOON + 900 * S) == [
            segments[0],
            segments[4],
        ]
        assert await catalog.fragments(organisation, two, NOON, NOON + 900 * S) == [fragments[3]]
        assert await catalog.unfinished(organisation, "v1") == [erasing[0]]
        with pytest.raises(NotFound):
            await catalog.segment(organisation, two, segments[1].start_us)
        with pytest.raises(Conflict, match="being erased"):
            await catalog.commit(organisation, batch(segments[1]))
        assert await catalog.condemn(organisation, erasing) == []

        await catalog.forget(organisation, erasing)
        assert await catalog.unfinished(organisation, "v1") == []
        usage = {each.stream: each for each in await catalog.usage(organisation)}
        assert usage[one] == StreamUsage(one, 2_000, 1_000, 2, NOON, segments[4].end_us)
        assert usage[two] == StreamUsage(two, 1_000, 0, 1, segments[3].start_us, segments[3].end_us)
        await catalog.forget(organisation, [segments[4]])  # was never condemned: stays
        assert await catalog.segment(organisation, one, segments[4].start_us) == segments[4]

    on_database(story)


def test_an_empty_stream_has_no_usage(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        catalog, stream = SqlCatalog(database), some_stream()
        segment = some_segment(stream, NOON, NOON + S, state=SegmentState.WRITING)
        await catalog.commit(stream.organisation, batch(segment))
        await catalog.condemn(stream.organisation, [segment])
        assert await catalog.usage(stream.organisation) == []

    on_database(story)


def test_loss_minutes_replace_each_other(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        catalog, stream = SqlCatalog(database), some_stream()
        minutes = [
            LossMinute(stream, NOON + n * 60 * S, 100, 99, 50, 49, 10**10, n, 7, None, 60 * S)
            for n in range(3)
        ]
        await catalog.add_minutes(stream.organisation, minutes)
        better = replace(minutes[1], received_packets=100, clock_offset_us=-5)
        await catalog.add_minutes(stream.organisation, [better])
        found = await catalog.minutes(stream.organisation, stream, NOON + 60 * S, NOON + 180 * S)
        assert found == [better, minutes[2]]
        with pytest.raises(BadRequest, match="start of a minute"):
            await catalog.add_minutes(stream.organisation, [LossMinute(stream, NOON + 1)])

    on_database(story)


def test_the_account_can_be_forgotten_up_to_an_instant(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        catalog, stream = SqlCatalog(database), some_stream()
        organisation = stream.organisation
        minutes = [LossMinute(stream, NOON + n * 60 * S) for n in range(3)]
        await catalog.add_minutes(organisation, minutes)
        gaps = tuple(
            Gap(stream, NOON + n, end_us, GapReason.STALLED, "")
            for n, end_us in enumerate([NOON + 60 * S, NOON + 61 * S, None])
        )
        steps = tuple(ClockStep(stream, NOON + n * 60 * S, 1) for n in range(2))
        await catalog.commit(organisation, FootageBatch(gaps=gaps, clock_steps=steps))
        await catalog.forget_before(organisation, NOON + 60 * S)
        assert await catalog.minutes(organisation, stream, 0, 2 * NOON) == minutes[1:]
        [answer] = await catalog.footage(organisation, [stream], 0, 2 * NOON)
        assert [each.start_us for each in answer.gaps] == [NOON + 1, NOON + 2]
        assert answer.clock_steps == steps[1:]

    on_database(story)


def test_an_empty_or_absurd_question_is_refused(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        catalog, stream = SqlCatalog(database), some_stream()
        organisation = stream.organisation
        for start_us, end_us in [(NOON, NOON), (NOON, NOON - 1), (0, 1 << 70)]:
            with pytest.raises(BadRequest):
                await catalog.footage(organisation, [stream], start_us, end_us)
            with pytest.raises(BadRequest):
                await catalog.segments(organisation, stream, start_us, end_us)
            with pytest.raises(BadRequest):
                await catalog.fragments(organisation, stream, start_us, end_us)
        with pytest.raises(BadRequest):
            await catalog.fragments(organisation, stream, 0, 1, limit=0)

    on_database(story)


def test_many_streams_are_answered_in_the_order_asked(on_database: OnDatabase) -> None:
    async def story(database: Database) -> None:
        catalog, organisation = SqlCatalog(database), new_id()
        streams = [some_stream(organisation=organisation) for _ in range(1_200)]
        await catalog.commit(
            organisation,
            batch(*(some_segment(each, NOON, NOON + S) for each in streams)),
        )
        asked = [*reversed(streams), some_stream()]
        answers = await catalog.footage(organisation, asked, NOON, NOON + 2 * S)
        assert [each.stream for each in answers] == asked
        assert [len(each.spans) for each in answers] == [1] * 1_200 + [0]

    on_database(story)


def test_writers_in_two_processes_do_not_lose_counts(
    database_url: str, on_database: OnDatabase
) -> None:
    async def story(database: Database) -> None:
        organisation = new_id()
        streams = [some_stream(organisation=organisation) for _ in range(6)]
        other = Database.open(database_url)  # another process would hold its own, just like this
        try:
            stores = itertools.cycle([SqlCatalog(database), SqlCatalog(other)])
            await asyncio.gather(
                *(
                    next(stores).commit(
                        organisation,
                        batch(
                            *(
                                some_segment(each, NOON + n * S, NOON + (n + 1) * S)
                                for each in streams[:: 1 if n % 2 else -1]
                            )
                        ),
                    )
                    for n in range(20)
                )
            )
        finally:
            await other.close()
        usage = await SqlCatalog(database).usage(organisation)
        assert [(each.segments, each.bytes) for each in usage] == [(20, 20_000)] * 6

    on_database(story)


# -- against a naive model ----------------------------------------------------------------------

Interval = tuple[int, int]
lengths = st.one_of(st.integers(1, 5_000), st.integers(1, 100 * S), st.integers(1, 86_400 * S))
intervals = st.tuples(st.integers(0, 3_000 * S), lengths).map(lambda it: (it[0], it[0] + it[1]))


def naive_spans(rows: dict[int, Interval], start_us: int, end_us: int) -> list[Interval]:
    """By painting: cut, sort, and join what is less than a millisecond apart."""
    cut = sorted(
        (max(a, start_us), min(b, end_us))
        for a, b in rows.values()
        if max(a, start_us) < min(b, end_us)
    )
    joined: list[Interval] = []
    for a, b in cut:
        if joined and a - joined[-1][1] < 1_000:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return joined


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    batches=st.lists(
        st.tuples(st.lists(intervals, max_size=6), st.lists(intervals, max_size=4)), max_size=5
    ),
    questions=st.lists(intervals, min_size=1, max_size=6),
    erase=st.sets(st.integers(0, 20), max_size=4),
)
def test_footage_is_what_a_naive_model_says(
    on_database: OnDatabase,
    batches: list[tuple[list[Interval], list[Interval]]],
    questions: list[Interval],
    erase: set[int],
) -> None:
    async def story(database: Database) -> None:
        catalog, stream = SqlCatalog(database), some_stream()
        segments: dict[int, Interval] = {}
        gaps: dict[int, Interval] = {}
        for new_segments, new_gaps in batches:
            await catalog.commit(
                stream.organisation,
                batch(
                    *(some_segment(stream, a, b) for a, b in new_segments),
                    gaps=tuple(Gap(stream, a, b, GapReason.STALLED, "") for a, b in new_gaps),
                ),
            )
            segments.update((a, (a, b)) for a, b in new_segments)
            gaps.update((a, (a, b)) for a, b in new_gaps)
        doomed = [each for n, each in enumerate(sorted(segments)) if n in erase]
        await catalog.condemn(
            stream.organisation, [some_segment(stream, *segments.pop(each)) for each in doomed]
        )
        for a, b in questions:
            [answer] = await catalog.footage(stream.organisation, [stream], a, b)
            assert [(it.start_us, it.end_us) for it in answer.spans] == naive_spans(segments, a, b)
            assert [(it.start_us, it.end_us) for it in answer.gaps] == [
                (max(c, a), min(d, b)) for c, (_, d) in sorted(gaps.items()) if c < b and d > a
            ]
        usage = await catalog.usage(stream.organisation)
        assert [(it.segments, it.bytes, it.oldest_us, it.newest_us) for it in usage] == (
            [
                (
                    len(segments),
                    1_000 * len(segments),
                    min(segments),
                    max(b for _, b in segments.values()),
                )
            ]
            if segments
            else []
        )

    on_database(story)
