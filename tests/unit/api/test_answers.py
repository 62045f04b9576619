"""What every answer carries, and what a caller who errs is told."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.unit.api.asking import run_as_script
from vedette.bus.topics import (
    CAMERA_CHANGED,
    FOOTAGE_GREW,
    RECORDING_TRIGGER,
    STREAM_HEALTH,
    VOLUME_HEALTH,
    CameraChanged,
    FootageGrew,
    RecordingTrigger,
)
from vedette.model.camera import StreamRole
from vedette.model.footage import LossMinute
from vedette.model.health import StreamHealth, StreamState, VolumeHealth, VolumeState
from vedette.testing.house import House
from vedette.testing.media import ClipSpec, make_clip

CAMERAS = "/api/v1/cameras"


def test_every_answer_carries_the_security_headers(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        house.play(make_clip())
        picture = f"{CAMERAS}/{house.camera.id}/snapshot.jpg"
        for path in (CAMERAS, "/healthz", "/nowhere", "/api/v1/nothing", picture):
            answer = await script.get(path)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            policy = answer.headers["content-security-policy"]
            assert "frame-ancestors 'none'" in policy
            assert "script-src 'self';" in policy
            assert answer.headers["cache-control"] == "no-store"

    run_as_script(tmp_path, story)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/v1/nothing", 404), ("PUT", CAMERAS, 405), ("DELETE", "/healthz", 405)],
)
def test_what_does_not_exist_is_a_problem_too(
    tmp_path: Path, method: str, path: str, status: int
) -> None:
    async def story(_: House, script: httpx.AsyncClient) -> None:
        answer = await script.request(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert status != 405 or answer.headers["allow"]

    run_as_script(tmp_path, story)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"address": "rtsp://192.0.2.1/"}, "body.name"),
        ({"name": "x", "address": "rtsp://192.0.2.1/", "colour": "red"}, "body.colour"),
        ({"name": "a\nb", "address": "rtsp://192.0.2.1/"}, "body.name"),
        ({"name": "x", "address": "rtsp://h/", "policy": {"pre_event_s": 99}}, "body.policy"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, body: dict[str, Any], field: str) -> None:
    async def story(_: House, script: httpx.AsyncClient) -> None:
        answer = await script.post(CAMERAS, json=body)
        assert answer.status_code == 422
        assert answer.json()["type"] == "urn:vedette:problem:invalid"
        assert answer.json()["errors"][0]["field"].startswith(field)
        assert field in answer.json()["detail"]

    run_as_script(tmp_path, story)


def test_a_password_never_comes_back_in_an_error(tmp_path: Path) -> None:
    async def story(_: House, script: httpx.AsyncClient) -> None:
        bodies: list[dict[str, Any]] = [
            {"name": "x", "address": "file://root:s3cret@/etc/passwd"},
            {"name": "x", "address": "rtsp://root:s3cret@[bad/main"},
            {"name": "x", "address": 7, "username": "root", "password": "s3cret"},
            {"name": "x", "address": "rtsp://h/", "username": 1, "password": ["s3cret"]},
        ]
        for body in bodies:
            answer = await script.post(CAMERAS, json=body)
            assert 400 <= answer.status_code < 500
            assert "s3cret" not in answer.text

    run_as_script(tmp_path, story)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "concat:a", "/etc/passwd", "pipe:0"])
def test_nobody_reads_the_servers_files_as_a_camera(tmp_path: Path, address: str) -> None:
    async def story(_: House, script: httpx.AsyncClient) -> None:
        body = {"name": "x", "address": address, "driver": "libav"}
        assert (await script.post(CAMERAS, json=body)).status_code == 400

    run_as_script(tmp_path, story)


def test_too_much_is_refused_before_it_is_kept(tmp_path: Path) -> None:
    async def story(_: House, script: httpx.AsyncClient) -> None:
        declared = await script.post(CAMERAS, content=b"x" * 300_000)
        assert declared.status_code == 413

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(400):
                yield b" " * 1000

        headers = {"Content-Type": "application/json"}
        streamed = await script.post(CAMERAS, content=endless(), headers=headers)
        assert streamed.status_code == 413
        assert streamed.headers["content-type"] == "application/problem+json"
        odd = await script.post(CAMERAS, headers={"Content-Length": "-5"})
        assert odd.status_code == 413

    run_as_script(tmp_path, story)


@pytest.mark.parametrize(
    ("start_us", "end_us", "status"),
    [(5, 5, 400), (6, 5, 400), (0, 10**15, 400), (-1, 5, 422), (0, 10**30, 422), ("x", 5, 422)],
)
def test_ranges_that_make_no_sense(
    tmp_path: Path, start_us: object, end_us: object, status: int
) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        params: dict[str, Any] = {"camera": house.camera.id, "start_us": start_us, "end_us": end_us}
        assert (await script.get("/api/v1/footage", params=params)).status_code == status

    run_as_script(tmp_path, story)


def test_a_password_goes_to_no_host_that_it_was_not_given_for(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        path = f"{CAMERAS}/{house.camera.id}"
        host = urlsplit(house.camera.streams[StreamRole.MAIN].address).hostname
        same = await script.patch(path, json={"address": f"rtsp://{host}:8554/other"})
        assert same.status_code == 200, same.text
        for field in ("address", "sub_address"):
            elsewhere = await script.patch(path, json={field: "rtsp://192.0.2.66/x"})
            assert elsewhere.status_code == 400
            assert "give user name and password again" in elsewhere.text
        body = {"address": "rtsp://192.0.2.66/x", "username": "u", "password": "p"}
        assert (await script.patch(path, json=body)).status_code == 200
        back = {"address": "rtsp://192.0.2.67/x", "username": None}
        assert (await script.patch(path, json=back)).json()["has_credentials"] is False
        none_kept = await script.patch(path, json={"address": "rtsp://192.0.2.68/x"})
        assert none_kept.status_code == 200

    run_as_script(tmp_path, story)


def test_a_camera_is_changed_piece_by_piece(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        said: list[CameraChanged] = []
        house.bus.subscribe(CAMERA_CHANGED, said.append)
        path = f"{CAMERAS}/{house.camera.id}"
        before = (await script.get(path)).json()
        assert before["has_credentials"] is True
        changed = await script.patch(path, json={"name": "Gate", "policy": {"keep_s": None}})
        after = changed.json()
        assert (after["name"], after["policy"]["keep_s"]) == ("Gate", None)
        assert after["policy"]["pre_event_s"] == before["policy"]["pre_event_s"]
        assert after["streams"] == before["streams"]
        assert after["has_credentials"] is True
        silent = await script.patch(path, json={"sub_address": None, "username": None})
        assert list(silent.json()["streams"]) == ["main"]
        assert silent.json()["has_credentials"] is False
        moved = await script.patch(
            path, json={"address": "rtsp://u:p@192.0.2.99/x", "transport": "udp"}
        )
        main = {"address": "rtsp://192.0.2.99/x", "driver": "rtsp", "transport": "udp"}
        assert moved.json()["streams"]["main"] == main
        assert moved.json()["has_credentials"] is True
        taken = await script.post(CAMERAS, json={"name": "Gate", "address": "rtsp://h/"})
        assert taken.status_code == 409
        assert (await script.delete(path)).status_code == 204
        assert (await script.get(path)).status_code == 404
        assert [one.change.value for one in said] == ["changed"] * 3 + ["removed"]

    run_as_script(tmp_path, story)


def test_probing_and_looking_around(tmp_path: Path) -> None:
    async def story(_: House, script: httpx.AsyncClient) -> None:
        refused = await script.post("/api/v1/probe", json={"address": "192.0.2.7"})
        assert refused.status_code == 502
        assert refused.json()["type"] == "urn:vedette:problem:camera-refused"
        body = {"address": "rtsp://192.0.2.7/", "username": "admin", "password": "x"}
        found = (await script.post("/api/v1/probe", json=body)).json()
        assert found["profiles"][0]["role"] == "main"
        assert found["snapshot_jpeg_base64"] == "/9j/2Q=="
        devices = (await script.post("/api/v1/discovery", json={})).json()["devices"]
        assert devices[0]["name"] == "Acme Eye"

    run_as_script(tmp_path, story)


def test_a_person_keeps_the_footage_of_an_event(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        said: list[RecordingTrigger] = []
        house.bus.subscribe(RECORDING_TRIGGER, said.append)
        path = f"{CAMERAS}/{house.camera.id}/trigger"
        answer = await script.post(path, json={"duration_s": 2.5, "reason": "a noise"})
        assert answer.status_code == 202
        until_us = house.clock.wall_us() + 2_500_000
        assert answer.json() == {"until_us": until_us}
        expected = RecordingTrigger(house.camera.organisation, house.camera.id, until_us, "a noise")
        assert said == [expected]

    run_as_script(tmp_path, story)


def test_numbers_for_prometheus_are_of_ones_own_organisation(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        ours = house.camera.key(StreamRole.MAIN)
        theirs = house.foreign_camera.key(StreamRole.MAIN)
        for key in (ours, theirs):
            house.bus.publish(
                STREAM_HEALTH, StreamHealth(key, StreamState.LIVE, 1, clock_offset_us=-250_000)
            )
            house.bus.publish(FOOTAGE_GREW, FootageGrew(key, 0, 2_000_000))
        volume = VolumeHealth("v1", "/footage", VolumeState.READY, free_bytes=5, write_ms=2.0)
        house.bus.publish(VOLUME_HEALTH, volume)
        minute = house.clock.wall_us() // 60_000_000 * 60_000_000
        account = LossMinute(ours, minute, expected_packets=100, received_packets=98)
        await house.catalog.add_minutes(ours.organisation, [account])
        await house.clock.advance(61)
        first = (await script.get("/metrics")).text
        text = (await script.get("/metrics")).text
        assert text == first, "a minute counts once"
        labels = (
            f'{{camera="{ours.camera}",name="Front door",'
            f'organisation="{ours.organisation}",stream="main"}}'
        )
        assert f"vedette_stream_clock_offset_seconds{labels} -0.25" in text
        assert f"vedette_recorded_fragments_total{labels} 1.0" in text
        assert f"vedette_recorded_seconds_total{labels} 2.0" in text
        assert f"vedette_stream_expected_packets_total{labels} 100.0" in text
        assert f"vedette_stream_received_packets_total{labels} 98.0" in text
        assert 'vedette_volume_write_seconds{volume="v1"} 0.002' in text
        assert 'vedette_build_info{version="test"} 1.0' in text
        assert theirs.camera not in text
        assert (await script.get("/metrics", headers={"Authorization": ""})).status_code == 401

    run_as_script(tmp_path, story)


def test_storage_and_losses(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        segment = await house.record(make_clip(ClipSpec()), house.clock.wall_us())
        house.bus.publish(VOLUME_HEALTH, VolumeHealth("v1", "/footage", VolumeState.FULL, "full"))
        stored = (await script.get("/api/v1/storage")).json()
        assert stored["volumes"][0]["state"] == "full"
        assert stored["usage"][0]["bytes"] == segment.bytes
        assert (stored["usage"][0]["name"], stored["usage"][0]["removed_us"]) == (
            "Front door",
            None,
        )
        stream = house.camera.key(StreamRole.MAIN)
        minute = LossMinute(stream, 60_000_000, expected_frames=1500, received_frames=1499)
        await house.catalog.add_minutes(stream.organisation, [minute])
        found = await script.get(
            f"{CAMERAS}/{stream.camera}/loss", params={"start_us": 0, "end_us": 120_000_000}
        )
        assert found.json()["minutes"][0]["received_frames"] == 1499

    run_as_script(tmp_path, story)


def test_a_removed_camera_leaves_its_name_and_its_footage(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        start_us = house.clock.wall_us()
        segment = await house.record(make_clip(ClipSpec()), start_us)
        camera = house.camera.id
        assert (await script.delete(f"{CAMERAS}/{camera}")).status_code == 204
        (left,) = (await script.get("/api/v1/storage")).json()["usage"]
        assert (left["name"], left["bytes"]) == ("Front door", segment.bytes)
        assert left["removed_us"] is not None
        span = {"start_us": start_us, "end_us": start_us + 5_000_000}
        footage = (await script.get("/api/v1/footage", params={"camera": camera, **span})).json()
        assert footage["streams"][0]["spans"][0]["start_us"] == start_us
        index = (await script.get(f"{CAMERAS}/{camera}/fragments", params=span)).json()
        first = index["fragments"][0]
        media = await script.get(
            f"{CAMERAS}/{camera}/segments/{first['segment_start_us']}/media",
            headers={"Range": f"bytes={first['offset']}-{first['offset'] + 7}"},
        )
        assert (media.status_code, len(media.content)) == (206, 8)
        assert (await script.get(f"{CAMERAS}/{camera}/hls/index.m3u8", params=span)).is_success
        # It is not a camera any more, though, and others never see anything of it.
        assert (await script.get(f"{CAMERAS}/{camera}/snapshot.jpg")).status_code == 404
        theirs = {"Authorization": f"Bearer {house.foreign_token}"}
        answer = await script.get(f"{CAMERAS}/{camera}/fragments", params=span, headers=theirs)
        assert answer.status_code == 404

    run_as_script(tmp_path, story)


def test_where_a_volume_lies_is_for_those_who_run_the_machine(tmp_path: Path) -> None:
    async def story(house: House, script: httpx.AsyncClient) -> None:
        volume = VolumeHealth("v1", "/srv/footage", VolumeState.CONDEMNED, "/srv/footage failed")
        house.bus.publish(VOLUME_HEALTH, volume)
        ours = (await script.get("/api/v1/storage")).json()["volumes"][0]
        assert ours["path"] == "/srv/footage"
        theirs = {"Authorization": f"Bearer {house.foreign_token}"}
        seen = (await script.get("/api/v1/storage", headers=theirs)).json()["volumes"][0]
        assert (seen["state"], seen["path"], seen["detail"]) == ("condemned", "", "")

    run_as_script(tmp_path, story)


def test_cameras_are_listed_even_when_the_key_is_gone(tmp_path: Path) -> None:
    async def story(_: House, script: httpx.AsyncClient) -> None:
        (tmp_path / "sealing.key").unlink()
        listed = await script.get(CAMERAS)
        assert [one["has_credentials"] for one in listed.json()["cameras"]] == [True]

    run_as_script(tmp_path, story)
