"""Numbers for Prometheus, of the organisation that asks."""

from collections.abc import Iterator, Sequence
from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from pydantic import BaseModel

from vedette.api.services import House, Services, Who
from vedette.api.tally import Tally
from vedette.base.units import US_PER_S
from vedette.catalog.ports import StreamUsage
from vedette.model.camera import StreamKey
from vedette.model.health import StreamHealth, StreamState, VolumeState

router = APIRouter(tags=["metrics"])

_COUNTERS = (
    ("vedette_recorded_fragments", "Fragments safe on disk", "fragments", 1),
    ("vedette_recorded_seconds", "Footage safe on disk", "footage_us", US_PER_S),
    ("vedette_stream_expected_packets", "Packets promised", "expected_packets", 1),
    ("vedette_stream_received_packets", "Packets that came", "received_packets", 1),
    ("vedette_stream_expected_frames", "Frames promised", "expected_frames", 1),
    ("vedette_stream_received_frames", "Frames that came", "received_frames", 1),
    ("vedette_stream_received_bytes", "Payload that came", "bytes", 1),
    ("vedette_stream_connections", "Connections begun", "reconnects", 1),
)
"""Name, text, field of Sums, and by what to divide. Those of ingest grow minute by minute."""

_STREAM = ("organisation", "camera", "name", "stream")


class AliveAnswer(BaseModel):
    """Sign of life."""

    status: Literal["ok"] = "ok"


@router.get("/healthz")
async def healthz() -> AliveAnswer:
    """Whether Vedette answers at all."""
    return AliveAnswer()


@router.get("/metrics", include_in_schema=False)
async def metrics(house: House, who: Who, request: Request) -> Response:
    """Everything in Prometheus' text format."""
    names = {one.id: one.name for one in await house.cameras.list(who.organisation)}
    usage = await house.catalog.usage(who.organisation)
    tally: Tally = request.app.state.tally
    streams = [one.stream for one in house.health.streams(who.organisation)]
    await tally.add_minutes(house.catalog, streams)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Scrape(house, who.organisation, names, list(usage), tally))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Scrape(Collector):
    """One scrape of one organisation."""

    def __init__(
        self,
        house: Services,
        organisation: str,
        names: dict[str, str],
        usage: list[StreamUsage],
        tally: Tally,
    ) -> None:
        self._house = house
        self._organisation = organisation
        self._names = names
        self._usage = usage
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client's Collector."""
        yield from self._streams()
        yield from self._recorder()
        yield from self._volumes()
        yield from self._viewers()
        build = GaugeMetricFamily("vedette_build_info", "Version", labels=("version",))
        build.add_metric((self._house.version,), 1)
        yield build

    def _labels(self, key: StreamKey) -> tuple[str, str, str, str]:
        return key.organisation, key.camera, self._names.get(key.camera, ""), key.role.value

    def _streams(self) -> Iterator[Metric]:
        health = self._house.health.streams(self._organisation)
        state = GaugeMetricFamily(
            "vedette_stream_state", "1 for the state that holds", labels=(*_STREAM, "state")
        )
        for one in health:
            for each in StreamState:
                state.add_metric((*self._labels(one.stream), each.value), int(each is one.state))
        yield state
        yield self._gauge("vedette_stream_bitrate", "Bits per second", health, "bitrate")
        yield self._gauge("vedette_stream_frame_rate", "Frames per second", health, "frame_rate")
        offset = GaugeMetricFamily(
            "vedette_stream_clock_offset_seconds", "Camera clock minus ours", labels=_STREAM
        )
        for one in health:
            if one.clock_offset_us is not None:
                offset.add_metric(self._labels(one.stream), one.clock_offset_us / US_PER_S)
        yield offset
        for name, text, attribute in (
            ("vedette_stream_lost_frames", "Frames missing in this connection", "lost_frames"),
            ("vedette_stream_lost_packets", "Packets missing in this connection", "lost_packets"),
            ("vedette_stream_reconnects", "Connections begun anew", "reconnects"),
            ("vedette_stream_recording", "1 while footage is kept", "recording"),
        ):
            yield self._gauge(name, text, health, attribute)

    def _gauge(
        self,
        name: str,
        text: str,
        health: Sequence[StreamHealth],
        attribute: str,
    ) -> Metric:
        family = GaugeMetricFamily(name, text, labels=_STREAM)
        for one in health:
            family.add_metric(self._labels(one.stream), float(getattr(one, attribute)))
        return family

    def _recorder(self) -> Iterator[Metric]:
        streams = [one.stream for one in self._house.health.streams(self._organisation)]
        for name, text, attribute, scale in _COUNTERS:
            family = CounterMetricFamily(name, text, labels=_STREAM)
            for key in streams:
                value = getattr(self._tally.of(key), attribute) / scale
                family.add_metric(self._labels(key), value)
            yield family
        held = GaugeMetricFamily("vedette_footage_bytes", "Footage held", labels=_STREAM)
        oldest = GaugeMetricFamily(
            "vedette_footage_oldest_timestamp_seconds", "Oldest footage held", labels=_STREAM
        )
        for one in self._usage:
            held.add_metric(self._labels(one.stream), one.bytes)
            if one.oldest_us is not None:
                oldest.add_metric(self._labels(one.stream), one.oldest_us / US_PER_S)
        yield held
        yield oldest

    def _volumes(self) -> Iterator[Metric]:
        volumes = self._house.health.volumes()
        for name, text, attribute in (
            ("vedette_volume_size_bytes", "Size of the file system", "total_bytes"),
            ("vedette_volume_free_bytes", "Free space, the reserve included", "free_bytes"),
            ("vedette_volume_reserve_bytes", "Never used", "reserve_bytes"),
            ("vedette_volume_bytes_per_hour", "Rate of writing", "bytes_per_hour"),
        ):
            family = GaugeMetricFamily(name, text, labels=("volume",))
            for one in volumes:
                family.add_metric((one.id,), float(getattr(one, attribute)))
            yield family
        latency = GaugeMetricFamily(
            "vedette_volume_write_seconds", "Median write with its sync", labels=("volume",)
        )
        state = GaugeMetricFamily(
            "vedette_volume_state", "1 for the state that holds", labels=("volume", "state")
        )
        for one in volumes:
            latency.add_metric((one.id,), one.write_ms / 1000)
            for each in VolumeState:
                state.add_metric((one.id, each.value), int(each is one.state))
        yield latency
        yield state

    def _viewers(self) -> Iterator[Metric]:
        viewers = GaugeMetricFamily("vedette_live_viewers", "People watching", labels=_STREAM)
        for key, count in self._house.live.viewers().items():
            if key.organisation == self._organisation:
                viewers.add_metric(self._labels(key), count)
        yield viewers
